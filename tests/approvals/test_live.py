"""The polls of open inboxes: cheap while nothing changes, bounded, never a session."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals import live
from approvals.live import NEWEST
from approvals.models import Approval
from approvals.polling import PeoplesPolls
from approvals.services import comment, take
from governance.models import GroupMembership, User
from tests.approvals.asking import World, a_world, cast
from tests.approvals.pages import as_

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[], object]
LIVE = "/approvals/live?tab=waiting&page=1"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def world() -> World:
    NEWEST.forget()
    return a_world()


def poll(client: Client, tag: str = "", path: str = LIVE) -> Any:
    NEWEST.forget()  # a second has gone by
    return client.get(path, headers={**HTMX, "If-None-Match": tag})


def test_an_unchanged_list_is_304_with_nothing_in_it(world: World) -> None:
    world.ask()
    ana = as_("ana")
    first = poll(ana)

    again = poll(ana, first.headers["ETag"])

    assert first.status_code == 200
    assert "data-request" in first.text
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("change", ["ask", "vote", "comment", "take", "leave"])
def test_every_change_of_a_request_or_a_seat_is_told(world: World, change: str) -> None:
    approval, ana = world.ask(), as_("ana")
    Approval.objects.update(quorum=2)
    tag = poll(ana).headers["ETag"]
    ben, now = User.objects.get(username="ben"), timezone.now()

    changes: dict[str, Change] = {
        "ask": lambda: world.ask(pull=2),
        "vote": lambda: cast(approval, "ben", "deny"),
        "comment": lambda: comment(
            approval.pk, by=ben, text="hm", to_agent=False, now=now
        ),
        "take": lambda: take(approval.pk, by=ben, now=now),
        "leave": lambda: GroupMembership.objects.filter(user=ben).update(
            valid_to=now - timedelta(seconds=1)
        ),
    }
    changes[change]()

    assert poll(ana, tag).status_code == 200


def test_other_filters_and_other_people_have_other_tags(world: World) -> None:
    world.ask()
    paths = [LIVE, f"{LIVE}&risk=write", "/approvals/live?tab=pending&page=1"]

    tags = [poll(as_("ana"), path=path).headers["ETag"] for path in paths]
    tags.append(poll(as_("ben")).headers["ETag"])

    assert len(set(tags)) == len(tags)


def test_an_unchanged_poll_asks_the_database_one_thing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CACHED_SECONDS", 60)  # of which two polls take less
    world.ask()
    ana = as_("ana")
    tag = poll(ana).headers["ETag"]

    with CaptureQueriesContext(connection) as captured:
        assert poll(ana, tag).status_code == 304
        assert ana.get(LIVE, headers={**HTMX, "If-None-Match": tag}).status_code == 304

    assert len(captured) == 1


def test_whoever_is_not_signed_in_gets_a_bare_401(world: World) -> None:
    ana = as_("ana")
    tag = poll(ana).headers["ETag"]
    ana.logout()

    for client in (Client(), ana):
        answer = poll(client, tag)
        assert (answer.status_code, answer.content) == (401, b"")


def test_polling_extends_no_session(world: World) -> None:
    ana = as_("ana")
    poll(ana)
    before = Session.objects.get().expire_date

    poll(ana)

    assert Session.objects.get().expire_date == before


def test_beyond_the_bound_a_poll_is_told_to_come_again(settings: Any) -> None:
    settings.PEOPLE_POLLS = 1
    nested: list[HttpResponse] = []

    def slow(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/approvals/live" and not nested:
            nested.append(polls(request))
        return HttpResponse("served")

    polls = PeoplesPolls(slow)
    request = RequestFactory().get("/approvals/live")

    assert polls(request).content == b"served"
    assert nested[0].status_code == 503
    assert nested[0].headers["Retry-After"] == "5"
    assert polls(RequestFactory().get("/approvals/")).content == b"served"
    assert polls(request).content == b"served"  # the place was given back


def test_a_thousand_wait_and_the_inbox_asks_twelve_things_at_most(
    world: World,
) -> None:
    first = world.ask()
    row = Approval.objects.values().get(pk=first.pk)
    sessions = [world.another_session().pk for _ in range(50)]
    Approval.objects.bulk_create(
        Approval(
            **{
                **row,
                "id": f"apr_{number:026}",
                "session_id": sessions[number % 50],
                "fingerprint": number.to_bytes(32, "big"),
            }
        )
        for number in range(999)
    )
    ana = as_("ana")
    ana.get("/approvals/")
    NEWEST.forget()

    with CaptureQueriesContext(connection) as captured:
        page = ana.get("/approvals/")

    assert 'data-count="waiting" aria-live="polite">1000+' in page.text
    assert "has as many requests waiting as it may have" in page.text
    assert len(captured) <= 12
