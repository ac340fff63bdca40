"""A receiver that fails, stalls, points elsewhere or lies about time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from approvals.channels import webhook
from approvals.models import Delivery
from approvals.services.deliveries import BACK_OFF, deliver, send_again, sweep
from audit.models import Record
from tests.approvals.asking import a_world
from tests.approvals.receiving import a_webhook, only, verified
from tests.remotes import Remote, reply, serving

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply(b"", status=204))) as remote:
        yield remote


def test_what_a_failing_receiver_missed_is_tried_later_then_given_up(
    remote: Remote,
) -> None:
    a_webhook(remote)
    remote.answer = reply(b"", status=503)
    a_world("ana", decide_within_seconds=100_000).ask()
    for _ in range(len(BACK_OFF) + 1):
        Delivery.objects.filter(channel="webhook").update(due_at=timezone.now())
        deliver(only("requested").pk, now=timezone.now())

    row = only("requested")
    failed = Record.objects.get(event="approval.notify_failed")
    sweep(now=timezone.now())

    assert (row.state, row.error_code) == ("dead", "http_503")
    assert failed.detail is not None
    assert failed.detail["channel"] == "webhook"
    alert = next(each for each in mail.outbox if "not delivered" in each.subject)
    assert alert.to == ["sam@example.com"]


def test_a_dead_letter_that_is_sent_again_keeps_its_id(remote: Remote) -> None:
    _, secret = a_webhook(remote)
    remote.answer = reply(b"", status=410)
    a_world("ana").ask()
    deliver(only("requested").pk, now=timezone.now())
    assert only("requested").state == "dead"

    remote.answer = reply(b"", status=200)
    assert send_again(only("requested").pk)
    deliver(only("requested").pk, now=timezone.now())

    assert only("requested").state == "sent"
    ids = {each.all("webhook-id")[0] for each in remote.received}
    assert len(ids) == 1
    assert verified(remote.received[1], secret)


@pytest.mark.parametrize("asked", ["9" * 10, "9" * 5000, "0" * 5000])
def test_a_receiver_that_asks_for_endless_time_gets_an_hour(
    asked: str, remote: Remote
) -> None:
    a_webhook(remote)
    remote.answer = reply(b"", status=429, more=f"Retry-After: {asked}\r\n")
    a_world("ana", decide_within_seconds=100_000).ask()

    deliver(only("requested").pk, now=timezone.now())

    row = only("requested")
    assert (row.state, row.error_code) == ("queued", "http_429")
    assert row.due_at < timezone.now() + timedelta(seconds=3600 * 1.3)


def test_a_failure_that_nobody_foresaw_is_counted_like_any_other(
    remote: Remote, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def trip(*_args: Any, **_more: Any) -> None:
        raise ValueError("a-secret-in-an-error")

    a_webhook(remote)
    a_world("ana").ask()
    monkeypatch.setattr(webhook, "once", trip)

    deliver(only("requested").pk, now=timezone.now())

    row = only("requested")
    assert (row.state, row.error_code, row.attempts) == ("queued", "unforeseen", 1)
    assert "unforeseen ValueError" in caplog.text
    assert "a-secret-in-an-error" not in caplog.text


def test_a_receiver_that_asks_for_time_gets_it(remote: Remote) -> None:
    a_webhook(remote)
    remote.answer = reply(b"", status=429, more="Retry-After: 120\r\n")
    a_world("ana", decide_within_seconds=100_000).ask()
    begun = timezone.now()

    deliver(only("requested").pk, now=begun)

    assert only("requested").due_at >= begun + timedelta(seconds=120)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(remote: Remote, status: int) -> None:
    a_webhook(remote)
    remote.answer = reply(b"", status=status, more=f"Location: {remote.url}/x\r\n")
    a_world("ana").ask()

    deliver(only("requested").pk, now=timezone.now())

    assert len(remote.received) == 1
    assert only("requested").state == "dead"
