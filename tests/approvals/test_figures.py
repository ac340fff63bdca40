"""The figures of deciding: counted right, shown to whom they concern."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.figures import ALWAYS_OF, all_figures, figures, times
from approvals.models import Approval
from governance.models import Tenant
from governance.operations.exposition import exposition
from tests.approvals.asking import World, a_world, cast
from tests.approvals.pages import as_, text
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    # What is quick here was read for a second; the vote itself may take longer.
    for known in ("approvals.figures", "approvals.models.approval"):
        monkeypatch.setattr(f"{known}.QUICK_SECONDS", 30.0)
    return a_world()


def decide(world: World, pull: int, *, by: str, verdict: str, read: float) -> None:
    """Ask, and decide ``read`` seconds after the page was rendered."""
    approval = world.ask(pull=pull)
    asked = timezone.now() - timedelta(minutes=10)
    Approval.objects.filter(pk=approval.pk).update(created_at=asked)
    now = timezone.now()
    rendered = now - timedelta(seconds=read)
    cast(approval, by, verdict, shown={"at": rendered.isoformat()}, now=now)


def of(by: str, **given: Any) -> list[tuple[str, int, int, int]]:
    tenants = {Tenant.objects.get(slug="team-acme").pk}
    found = figures(tenants, by, now=timezone.now(), **given)
    return [(each.name, each.decided, each.approved, each.quick) for each in found]


def test_yeses_and_quick_ones_are_counted_by_each_thing(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=1)
    decide(world, 2, by="ana", verdict="approve", read=60)
    decide(world, 3, by="ben", verdict="deny", read=1)
    world.ask(pull=4)

    assert of("route") == [("github.comment_pr", 3, 2, 1)]
    assert of("group") == [("reviewers", 3, 2, 1)]
    assert of("agent") == [("ci-agent", 3, 2, 1)]
    assert of("person") == [("ana", 2, 2, 1), ("ben", 1, 0, 0)]


def test_times_are_medians_and_fall_into_buckets(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=1)
    tenants = {Tenant.objects.get(slug="team-acme").pk}

    (figure,) = figures(tenants, "route", now=timezone.now())

    assert figure.median is not None
    assert timedelta(minutes=9) < figure.median < timedelta(minutes=12)
    assert times(tenants, now=timezone.now()) == [0, 0, 0, 1, 0, 0, 0]


def test_a_vote_without_a_page_is_never_called_quick(world: World) -> None:
    cast(world.ask(), "ana")

    assert of("person") == [("ana", 1, 1, 0)]


def test_what_is_always_approved_is_named(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=60)
    row = Approval.objects.values().get()
    Approval.objects.bulk_create(
        Approval(**{**row, "id": f"apr_{n:026}", "fingerprint": n.to_bytes(32, "big")})
        for n in range(19)
    )
    person("sam", "admin")

    page = text(as_("sam").get("/approvals/figures/").text)

    assert "github.comment_pr : 20 of 20 were approved." in page
    assert "Draft a change of this route" in page


@pytest.mark.parametrize(
    ("name", "role", "status", "heading"),
    [
        ("sam", "admin", 200, "How people decide"),
        ("olu", "auditor", 200, "How people decide"),
        ("ana", "", 200, "How you decide"),
        ("kim", "", 404, "Not found"),
    ],
)
def test_admins_and_auditors_see_all_and_approvers_their_own(
    world: World, name: str, role: str, status: int, heading: str
) -> None:
    decide(world, 1, by="ben", verdict="deny", read=60)
    person(name, *filter(None, [role]))

    page = as_(name).get("/approvals/figures/?by=person")

    assert page.status_code == status
    assert heading in page.text
    assert ("<bdi>ben</bdi>" in page.text) == (heading == "How people decide")


def test_another_tenants_figures_are_not_shown(world: World) -> None:
    decide(world, 1, by="ben", verdict="deny", read=60)
    person("zoe", "admin", tenant=TenantFactory.create(slug="team-zeta"))

    assert "github.comment_pr" not in as_("zoe").get("/approvals/figures/").text


def test_a_person_is_told_of_her_own_quick_yeses(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=1)

    page = text(as_("ana").get("/approvals/mine/").text)

    assert "1 of your approvals of the last 30 days came within three seconds" in page


def test_every_figure_is_a_metric_by_route_agent_and_approver(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=1)
    decide(world, 2, by="ben", verdict="deny", read=100)

    told = exposition().decode()

    labels = 'per="{}",tenant="team-acme"'
    for name, per, value in (
        ("github.comment_pr", "route", "2.0"),
        ("ci-agent", "agent", "2.0"),
        ("ana", "approver", "1.0"),
    ):
        where = f'name="{name}",{labels.format(per)}'
        assert f"sealwright_deciding_decided{{{where}}} {value}" in told
        assert f"sealwright_deciding_approved{{{where}}} 1.0" in told
        assert f"sealwright_deciding_quick{{{where}}} 1.0" in told
        assert f"sealwright_deciding_median_seconds{{{where}}} 60" in told
        assert f"sealwright_deciding_reading_median_seconds{{{where}}}" in told


def test_tools_of_the_same_name_are_counted_by_tenant(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=1)
    row = Approval.objects.values().get()
    theirs = TenantFactory.create(slug="team-zeta")
    other = {"id": "apr_zeta", "tenant_id": theirs.pk, "fingerprint": bytes(32)}
    Approval.objects.create(**{**row, **other})

    found = all_figures("route", now=timezone.now())

    assert [(each.tenant, each.decided) for each in found] == [
        ("team-acme", 1),
        ("team-zeta", 1),
    ]


@pytest.mark.parametrize("is_of_many", [True, False])
def test_each_figure_names_its_tenant_where_the_reader_has_several(
    world: World, *, is_of_many: bool
) -> None:
    for pull in range(ALWAYS_OF):
        decide(world, pull + 1, by="ana", verdict="approve", read=60)
    sam = person("sam", "admin")
    if is_of_many:
        theirs = TenantFactory.create(slug="team-zeta")
        person("sam", "admin", tenant=theirs)

    page = as_(sam.username).get("/approvals/figures/").text

    shown = page.partition("<main")[2]
    assert "github.comment_pr" in shown
    assert ("<bdi>github.comment_pr (team-acme)</bdi>" in shown) == is_of_many
    row = "<bdi>github.comment_pr</bdi>"
    assert (f'{row} <bdi class="muted">team-acme</bdi></th>' in shown) == is_of_many
    assert ('<p><bdi class="muted">team-acme</bdi> ' in shown) == is_of_many
    assert ("team-acme" in shown) == is_of_many


def test_the_time_on_the_page_is_drawn(world: World) -> None:
    decide(world, 1, by="ana", verdict="approve", read=61)
    person("sam", "admin")

    assert "Median time on the page" in as_("sam").get("/approvals/figures/").text
    (figure,) = figures([world.route.tenant_id], "route", now=timezone.now())
    assert figure.reading is not None
    assert timedelta(seconds=60) < figure.reading < timedelta(seconds=90)
