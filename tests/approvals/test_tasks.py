"""The outbox: taken once, checked again, tried again, given up, told of."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from approvals import tasks
from approvals.models import Approval, Delivery
from approvals.services.deliveries import BACK_OFF, deliver, send_again, sweep
from audit.models import Record
from governance.celery import app
from governance.models import GroupMembership, User
from tests.approvals.asking import a_world, cast
from tests.factories import person

pytestmark = pytest.mark.django_db


class Unreachable(BaseEmailBackend):
    """A mail server that is away."""

    def send_messages(self, email_messages: object) -> int:
        raise ConnectionRefusedError


class Refusing(BaseEmailBackend):
    """A mail server that knows no such address."""

    def send_messages(self, email_messages: object) -> int:
        import smtplib  # noqa: PLC0415 - its one use

        raise smtplib.SMTPRecipientsRefused({"ana@example.com": (550, b"unknown")})


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def unreachable(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"


def requested(name: str = "ana") -> Delivery:
    return Delivery.objects.get(event="requested", recipient__username=name)


def test_the_sweep_sends_what_is_due_once() -> None:
    a_world().ask()

    tasks.sweep_deliveries()
    tasks.sweep_deliveries()

    assert sorted(each.to[0] for each in mail.outbox) == [
        "ana@example.com",
        "ben@example.com",
    ]
    assert requested().state == Delivery.State.SENT
    assert Record.objects.filter(event="approval.notified").count() == 2


def test_a_second_message_for_the_same_delivery_finds_it_taken() -> None:
    a_world().ask()

    tasks.notify(requested().pk)
    tasks.notify(requested().pk)

    assert len(mail.outbox) == 1


def test_what_a_dead_worker_took_is_sent_after_its_lease() -> None:
    a_world("ana").ask()
    Delivery.objects.filter(event="requested").update(
        state="sending", due_at=timezone.now() + timedelta(seconds=60)
    )

    assert sweep(now=timezone.now()) == 0
    Delivery.objects.filter(event="requested").update(due_at=timezone.now())
    sweep(now=timezone.now())

    assert requested().state == Delivery.State.SENT


@pytest.mark.parametrize(
    "change", ["decided", "voted", "no seat", "inactive", "too late"]
)
def test_a_question_that_makes_no_sense_any_more_is_not_sent(change: str) -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    ana = User.objects.filter(username="ana")
    match change:
        case "decided":
            cast(approval, "ben", "deny")
        case "voted":
            cast(approval, "ana")
        case "no seat":
            GroupMembership.objects.filter(user__in=ana).update(valid_to=timezone.now())
        case "inactive":
            ana.update(is_active=False)
        case _:
            Approval.objects.update(decide_by=timezone.now())

    deliver(requested().pk, now=timezone.now())

    assert requested().state == Delivery.State.CANCELLED
    assert not mail.outbox


def test_one_reminder_a_person_in_four_hours() -> None:
    world = a_world("ana")
    world.ask()
    world.ask(pull=2)
    reminders = Delivery.objects.filter(event="reminder")
    reminders.update(due_at=timezone.now())

    sweep(now=timezone.now())

    assert sorted(reminders.values_list("state", flat=True)) == ["cancelled", "sent"]


@pytest.mark.usefixtures("unreachable")
def test_a_failure_is_tried_again_later_and_later() -> None:
    a_world("ana", decide_within_seconds=100_000).ask()
    waits = []

    for _ in BACK_OFF:
        Delivery.objects.filter(event="requested").update(due_at=timezone.now())
        begun = timezone.now()
        deliver(requested().pk, now=begun)
        waits.append((requested().due_at - begun).total_seconds())

    assert requested().state == Delivery.State.QUEUED
    assert requested().error_code == "unreachable"
    for seconds, wait in zip(BACK_OFF, waits, strict=True):
        assert seconds <= wait <= seconds * 1.3 + 1


@pytest.mark.usefixtures("unreachable")
def test_the_last_attempt_gives_up_and_tells_the_admins() -> None:
    a_world("ana", decide_within_seconds=100_000).ask()
    person("zoe", "admin")
    Delivery.objects.filter(event="requested").update(attempts=len(BACK_OFF))

    deliver(requested().pk, now=timezone.now())

    assert requested().state == Delivery.State.DEAD
    record = Record.objects.get(event="approval.notify_failed")
    assert record.reason == "unreachable"
    told = Delivery.objects.filter(event="dead_letter")
    assert sorted(told.values_list("recipient__username", flat=True)) == ["sam", "zoe"]


@pytest.mark.usefixtures("unreachable")
def test_nothing_is_tried_past_the_deadline() -> None:
    a_world("ana").ask()
    Approval.objects.update(decide_by=timezone.now() + timedelta(seconds=9))

    deliver(requested().pk, now=timezone.now())

    assert requested().state == Delivery.State.DEAD


@pytest.mark.usefixtures("unreachable")
def test_a_dead_letter_about_a_dead_letter_is_told_to_nobody() -> None:
    a_world("ana").ask()
    last = {"event": "dead_letter", "attempts": len(BACK_OFF)}
    Delivery.objects.filter(event="requested").update(**last)
    before = Delivery.objects.count()

    sweep(now=timezone.now())

    assert Delivery.objects.filter(state="dead").exists()
    assert Delivery.objects.count() == before


def test_a_permanent_refusal_is_not_tried_again(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    a_world("ana").ask()

    deliver(requested().pk, now=timezone.now())

    assert (requested().state, requested().error_code) == ("dead", "smtp_550")


def test_a_dead_letter_can_be_sent_again_once() -> None:
    a_world("ana").ask()
    Delivery.objects.filter(event="requested").update(state="dead", attempts=6)

    assert send_again(requested().pk)
    assert not send_again(requested().pk)
    sweep(now=timezone.now())

    assert requested().state == Delivery.State.SENT


def test_the_expiry_task_ends_what_is_over() -> None:
    a_world().ask()
    Approval.objects.update(decide_by=timezone.now())

    tasks.expire()

    assert Approval.objects.get().state == Approval.State.EXPIRED
    assert Record.objects.get(event="approval.expired").door == "task"


def test_a_broker_that_is_away_stops_nobody(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", "redis+socket:///nowhere/valkey.sock")
    world = a_world()

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        approval = world.ask()

    assert callbacks
    assert approval.state == Approval.State.PENDING


def test_every_scheduled_task_of_ours_exists() -> None:
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    ours = {name for name in names if name.startswith("approvals.")}

    assert ours
    assert ours <= set(app.tasks)
