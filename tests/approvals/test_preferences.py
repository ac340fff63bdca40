"""How people want to be asked, where questions are sent: and never to nobody."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Approval, Delivery, Preference
from approvals.services import Why, notify_outcome
from approvals.services.bounces import take_bounce
from approvals.services.deliveries import sweep
from governance.models import User
from tests.approvals.asking import World, a_world, cast
from tests.approvals.test_bounces import report

pytestmark = pytest.mark.django_db

AWAY = timedelta(days=3)


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def choose(name: str, **chosen: Any) -> None:
    if "muted" in chosen:
        chosen["muted_until"] = timezone.now() + chosen.pop("muted")
    who = User.objects.get(username=name)
    Preference.objects.update_or_create(person=who, defaults=chosen)


def told(event: str) -> list[str]:
    """Send what is due; return who was sent this event."""
    sweep(now=timezone.now())
    sent = Delivery.objects.filter(event=event, state="sent")
    return sorted(str(row.recipient) for row in sent)


def remind() -> None:
    Delivery.objects.filter(event="reminder").update(due_at=timezone.now())


@pytest.mark.parametrize(
    ("muted", "asked"),
    [
        ({}, ["ana", "ben"]),
        ({"ana": AWAY}, ["ben"]),
        ({"ana": -timedelta(seconds=1)}, ["ana", "ben"]),
        ({"ana": AWAY, "ben": AWAY}, ["ana", "ben"]),
    ],
)
def test_who_is_away_is_not_asked_while_somebody_else_is(
    muted: dict[str, timedelta], asked: list[str]
) -> None:
    world = a_world()
    for name, how_long in muted.items():
        choose(name, muted=how_long)

    world.ask()

    assert told("requested") == asked


def test_a_mute_takes_no_seat() -> None:
    world = a_world()
    choose("ana", muted=AWAY)

    assert cast(world.ask(), "ana").state == Approval.State.APPROVED


def _unsafe(world: World) -> None:
    cast(world.ask(), "ben", "deny", reason=Why("It drops a table.", "unsafe"))


def _unknown(world: World) -> None:
    about = {"tool": "github.comment_pr", "scope": "", "agent": "ci-agent"}
    agent = world.principal.agent_id
    notify_outcome(
        "cal_1",
        "outcome_unknown",
        agent_id=agent,
        approval_id=None,
        about=about,
        now=timezone.now(),
    )


@pytest.mark.parametrize(
    ("event", "happen", "reached"),
    [("unsafe", _unsafe, "ana"), ("outcome_unknown", _unknown, "sam")],
)
def test_alerts_pass_a_mute_and_quiet_hours(
    event: str, happen: Any, reached: str
) -> None:
    world = a_world()
    now = timezone.now()
    quiet = {"quiet_from": _clock(now, -1), "quiet_until": _clock(now, 1)}
    choose(reached, muted=AWAY, bundle_minutes=60, **quiet)

    happen(world)

    assert reached in told(event)


def _clock(at: Any, hours: int) -> time:
    clock: time = (at + timedelta(hours=hours)).time().replace(microsecond=0)
    return clock


@pytest.mark.parametrize(
    ("chosen", "reminded"),
    [
        ({}, ["ana", "ben"]),
        ({"muted": AWAY}, ["ben"]),
        ({"reminders": "none"}, ["ben"]),
    ],
)
def test_reminders_can_be_left_out(chosen: dict[str, Any], reminded: list[str]) -> None:
    a_world().ask()
    choose("ana", **chosen)
    remind()

    assert told("reminder") == reminded


def test_quiet_hours_in_her_zone_put_reminders_off_and_nothing_else() -> None:
    world = a_world()
    now = timezone.now()
    User.objects.filter(username="ana").update(time_zone="Etc/GMT-5")  # UTC+5
    choose("ana", quiet_from=_clock(now, 4), quiet_until=_clock(now, 6))
    choose("ben", quiet_from=_clock(now, 4), quiet_until=_clock(now, 6))
    world.ask()
    remind()

    assert told("requested") == ["ana", "ben"]
    assert told("reminder") == ["ben"]
    waiting = Delivery.objects.get(event="reminder", state="queued")
    assert waiting.attempts == 0
    assert abs(waiting.due_at - (now + timedelta(hours=1))) < timedelta(minutes=1)


def test_a_reminder_that_waited_out_the_request_is_not_sent() -> None:
    world = a_world()
    now = timezone.now()
    choose("ana", quiet_from=_clock(now, -1), quiet_until=_clock(now, 1))
    approval = world.ask()
    remind()
    told("reminder")
    Approval.objects.filter(pk=approval.pk).update(decide_by=timezone.now())
    remind()

    assert told("reminder") == ["ben"]
    assert Delivery.objects.get(event="reminder", recipient__username="ana").state == (
        "cancelled"
    )


def test_a_digest_is_one_message_in_so_many_minutes() -> None:
    world = a_world("ana", "ben")
    choose("ana", bundle_minutes=30)
    for pull in range(1, 4):
        world.ask(pull=pull, session=world.another_session())

    assert told("requested") == ["ana", "ben", "ben", "ben"]
    held = list(Delivery.objects.filter(bundled=True))
    assert {row.reader.username for row in held} == {"ana"}
    assert len({row.due_at for row in held}) == 1

    Delivery.objects.filter(bundled=True).update(due_at=timezone.now())
    sweep(now=timezone.now())
    world.ask(pull=4, session=world.another_session())

    assert "2 requests wait" in mail.outbox[-1].subject
    assert Delivery.objects.filter(bundled=True, state="queued").count() == 1


def test_what_was_held_back_counts_from_when_it_was_sent() -> None:
    world = a_world("ana")
    choose("ana", bundle_minutes=30)
    world.ask(pull=1)
    old, now = timezone.now() - timedelta(minutes=31), timezone.now()
    Delivery.objects.filter(event="requested").update(created_at=old, sent_at=now)

    world.ask(pull=2, session=world.another_session())

    assert Delivery.objects.filter(bundled=True).count() == 1


def test_what_is_privileged_waits_for_no_digest() -> None:
    world = a_world("ana", risk="privileged", separation="four_eyes")
    choose("ana", bundle_minutes=60)
    for pull in range(1, 4):
        world.ask(pull=pull, session=world.another_session())

    assert told("requested") == ["ana"] * 3


def test_if_the_only_one_asked_cannot_be_reached_the_others_are() -> None:
    world = a_world()
    choose("ana", muted=AWAY)
    world.ask()
    sweep(now=timezone.now())

    take_bounce(report(Delivery.objects.get(event="requested")), now=timezone.now())

    assert told("requested") == ["ana"]
