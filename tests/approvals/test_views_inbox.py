"""The inbox: what waits, what was decided, and never a flood of one session."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.live import NEWEST
from approvals.models import Approval
from approvals.views.listing import fold
from governance.models import GroupMembership, User
from tests.approvals.asking import World, a_world, approved, cast
from tests.factories import TenantFactory, person
from tests.proxy.calls import unclear_call

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def ana(client: Client, world: World) -> Client:
    client.force_login(User.objects.get(username="ana"))
    return client


def scopes(page: str) -> list[str]:
    return re.findall(r'class="mono"><bdi[^>]*>(.*?)</bdi>', page)


def test_the_nearest_deadline_comes_first(world: World, ana: Client) -> None:
    late, soon = world.ask(pull=1), world.ask(pull=2)
    Approval.objects.filter(pk=soon.pk).update(
        decide_by=late.decide_by - timedelta(hours=1)
    )

    page = ana.get("/approvals/").text

    assert scopes(page) == ["repo:payments-api/pull:2", "repo:payments-api/pull:1"]


def test_the_tabs_count_and_divide(world: World, ana: Client) -> None:
    mine, voted, decided = (world.ask(pull=number) for number in (1, 2, 3))
    Approval.objects.filter(pk=voted.pk).update(quorum=2)
    cast(decided, "ben", "deny")

    pages = {tab: ana.get(f"/approvals/?tab={tab}").text for tab in TABS}

    assert [len(scopes(pages[tab])) for tab in TABS] == [2, 2, 1]
    assert mine.code in pages["waiting"]
    assert decided.code in pages["decided"]
    assert "Denied by ben" in pages["decided"]


TABS = ("waiting", "pending", "decided")


def test_nothing_waits_for_whoever_may_not_vote(world: World) -> None:
    world.ask()
    sam = Client()
    sam.force_login(User.objects.get(username="sam"))

    page = sam.get("/approvals/").text

    assert "Nothing waits for you." in page
    assert scopes(sam.get("/approvals/?tab=pending").text) == [
        "repo:payments-api/pull:184"
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("tool=github.comment_pr", 2),
        ("tool=other.tool", 0),
        ("agent=ci-agent", 2),
        ("agent=other", 0),
        ("risk=write", 2),
        ("risk=read", 0),
        ("q=repo:payments-api/pull:1", 1),
        ("q=nothing", 0),
        ("tenant=team-acme&session=ses_none", 0),
        ("page=99", 0),
        ("page=-1&tab=nonsense", 2),
        ("risk=%00", 0),
    ],
)
def test_filters_stand_in_the_address(
    world: World, ana: Client, query: str, count: int
) -> None:
    world.ask(pull=1)
    world.ask(pull=2)

    page = ana.get(f"/approvals/?{query}")

    assert page.status_code == 200
    assert len(scopes(page.text)) == count


def test_a_code_finds_its_request(world: World, ana: Client) -> None:
    wanted = world.ask(pull=1)
    world.ask(pull=2)

    page = ana.get(f"/approvals/?q={wanted.code.lower()}").text

    assert scopes(page) == ["repo:payments-api/pull:1"]


def test_a_flood_of_one_session_leaves_room_for_others(
    world: World, ana: Client
) -> None:
    for pull in range(1, 7):
        world.ask(pull=pull)
    last = world.ask(session=world.another_session(), pull=99)

    page = ana.get("/approvals/").text

    assert len(scopes(page)) == 4
    assert last.code in page
    assert "3 more from this session" in page
    everything = re.search(r'href="/approvals/(\?tab=waiting&amp;session=[^"]*)"', page)
    assert everything is not None
    all_of_it = ana.get(f"/approvals/{everything[1].replace('&amp;', '&')}").text
    assert len(scopes(all_of_it)) == 6


def test_only_runs_are_folded() -> None:
    ids = [("a", "s"), ("b", "s"), ("c", "s"), ("d", "t"), ("e", "s"), ("f", "s")]

    assert fold(ids) == [(pk, session, 0) for pk, session in ids]
    assert fold([*ids[:3], ("g", "s")])[-1] == ("", "s", 1)


def test_fifty_rows_are_a_page(world: World, ana: Client) -> None:
    first = world.ask()
    row = Approval.objects.values().get(pk=first.pk)
    over = {**row, "state": "denied", "ended_at": timezone.now()}
    Approval.objects.bulk_create(
        Approval(**{**over, "id": f"apr_{number:026}"}) for number in range(51)
    )

    one = ana.get("/approvals/?tab=decided").text
    two = ana.get("/approvals/?tab=decided&page=2").text

    assert (len(scopes(one)), len(scopes(two))) == (50, 1)
    assert "?tab=decided&amp;page=2" in one


def test_the_number_of_queries_does_not_grow_with_the_rows(
    world: World, ana: Client
) -> None:
    def queries(path: str) -> int:
        NEWEST.forget()
        with CaptureQueriesContext(connection) as captured:
            assert ana.get(path).status_code == 200
        return len(captured)

    paths = ["/approvals/", "/approvals/?tab=pending", "/approvals/mine/", "/"]
    approved(world, pull=50)
    world.ask(pull=1)
    ana.get("/")  # the session is new
    few = [queries(path) for path in paths]
    for pull in range(2, 6):
        world.ask(session=world.another_session(), pull=pull)
        approved(world, pull=50 + pull)

    many = [queries(path) for path in paths]

    assert many == few


def test_an_empty_inbox_says_what_to_do(world: World, ana: Client) -> None:
    person("sam", "admin")
    GroupMembership.objects.filter(user__username="ana").delete()
    alone = ana.get("/approvals/").text
    filtered = ana.get("/approvals/?q=none").text
    decided = ana.get("/approvals/?tab=decided").text

    assert "You are in no approver group. sam can add you." in alone
    assert "Clear filters" in filtered
    assert "Nothing was decided yet." in decided


def test_an_empty_inbox_tells_of_the_last_request(world: World, ana: Client) -> None:
    cast(world.ask(), "ben", "deny")

    page = ana.get("/approvals/").text

    assert re.search(r"Last request .*just now.*Denied by ben", page, re.DOTALL)


def test_my_decisions_say_what_became_of_them(world: World, ana: Client) -> None:
    unclear_call(approved(world))

    page = ana.get("/approvals/mine/").text

    assert "You approved it" in page
    assert "It was sent, and its outcome is unknown" in page


def test_another_tenant_is_never_listed(world: World) -> None:
    world.ask()
    zeta = TenantFactory.create(slug="team-zeta")
    zoe = Client()
    zoe.force_login(person("zoe", "approver", "admin", tenant=zeta))

    for path in ("/", "/approvals/", "/approvals/?tab=pending", "/approvals/mine/"):
        assert "payments-api" not in zoe.get(path).text


def test_home_shows_each_role_its_own_work(world: World, ana: Client) -> None:
    waiting = world.ask()
    unclear_call(approved(world, pull=185))
    sam = Client()
    sam.force_login(person("sam", "admin"))

    for_ana, for_sam = ana.get("/").text, sam.get("/").text

    assert waiting.code in for_ana
    assert "Outcome unknown" not in for_ana
    assert "Outcome unknown: somebody has to find out" in for_sam
    assert "Refused lately" in for_sam


def test_home_tells_of_an_empty_inbox_only_who_decides(
    world: World, ana: Client
) -> None:
    approved(world, pull=185)
    olu = Client()
    olu.force_login(person("olu", "auditor"))

    assert "Nothing waits for you." in ana.get("/").text
    assert "Nothing waits for you." not in olu.get("/").text
    assert "Lately decided" in olu.get("/").text
