"""A request that waits in a channel, and what may not become of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone
from pytest_django import Settings

from approvals.models import (
    Approval,
    Vote,
)
from approvals.services.deliveries import sweep
from audit.models import Record
from tests.approvals.asking import a_world
from tests.slack import (
    FakeSlack,
    fake_slack,
    in_channel,
    installed,
    linked,
    post,
    pressed,
    question,
)

OTHER = "fedcba9876543210fedcba9876543210"  # another signing secret


@contextmanager
def asked_in_slack(settings: Settings) -> Iterator[FakeSlack]:
    """Ask in a channel, where Ana is linked."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with fake_slack(settings) as fake:
        world = a_world("ana", "ben", approve_in_slack=True)
        installed()
        in_channel()
        linked("ana")
        world.ask()
        sweep(now=timezone.now())
        yield fake


def opened(slack: FakeSlack, action: str) -> dict[str, Any]:
    post(pressed(action, question()))
    return slack.modal


def assert_nothing_decided() -> None:
    assert Approval.objects.get().state == "pending"
    assert not Vote.objects.exists()


def assert_turned_away(answer: Any) -> None:
    assert (answer.status_code, answer.content) == (401, b"")
    assert_nothing_decided()
    assert Record.objects.filter(event="slack.refused").count() == 1
