"""Over six questions to one person in ten minutes: the rest in one mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Approval, Delivery
from approvals.services.bundles import MOST
from approvals.services.deliveries import sweep
from audit.models import Record
from tests.approvals.asking import World, a_world, cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def flooded(count: int = MOST + 3, **content: str | int) -> World:
    """Return a world in which Ana was asked so often within moments."""
    world = a_world("ana", **content)
    for pull in range(1, count + 1):
        world.ask(pull=pull, session=world.another_session())
    return world


def held() -> list[Delivery]:
    return list(Delivery.objects.filter(bundled=True).order_by("pk"))


def release() -> None:
    Delivery.objects.filter(bundled=True).update(due_at=timezone.now())


def test_six_come_alone_and_the_rest_are_held_back_together() -> None:
    flooded()

    sweep(now=timezone.now())

    assert len(mail.outbox) == MOST
    assert len(held()) == 3
    assert len({row.due_at for row in held()}) == 1
    wait = held()[0].due_at - timezone.now()
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


def test_the_rest_is_one_mail_that_leads_to_the_inbox() -> None:
    flooded()
    sweep(now=timezone.now())
    release()
    sweep(now=timezone.now())

    bundle = mail.outbox[-1]

    assert len(mail.outbox) == MOST + 1
    assert bundle.subject == "[sealwright] 3 requests wait for your decision"
    for approval in Approval.objects.order_by("-created_at")[:3]:
        assert approval.code in bundle.body
    assert str(bundle.body).count("http") == 1
    assert "/approvals/\n" in str(bundle.body)
    assert {row.state for row in held()} == {"sent"}
    assert len({row.message_id for row in held()}) == 1
    assert Record.objects.filter(event="approval.notified").count() == MOST + 3


def test_what_is_privileged_comes_alone_at_once() -> None:
    flooded(risk="privileged", separation="four_eyes")

    sweep(now=timezone.now())

    assert len(mail.outbox) == MOST + 3
    assert not held()


def test_what_was_decided_meanwhile_is_left_out() -> None:
    flooded(MOST + 2)
    sweep(now=timezone.now())
    decided = held()[0].approval
    assert decided is not None
    cast(decided, "ana", "deny")
    release()

    sweep(now=timezone.now())

    left = held()[1].approval
    assert left is not None
    asked = [each for each in mail.outbox if left.code in each.subject]
    assert len(asked) == 1  # alone again, with its own link
    assert "?k=" in str(asked[0].body)
    assert [row.state for row in held()] == ["cancelled", "sent"]


def test_one_bundle_takes_along_what_is_not_due_yet() -> None:
    flooded()
    sweep(now=timezone.now())
    Delivery.objects.filter(pk=held()[0].pk).update(due_at=timezone.now())

    sweep(now=timezone.now())

    assert len(mail.outbox) == MOST + 1
    assert {row.state for row in held()} == {"sent"}


def test_a_short_deadline_is_not_slept_through() -> None:
    flooded(decide_within_seconds=600)

    assert all(row.due_at <= row.created_at + timedelta(seconds=150) for row in held())


def test_an_outcome_answers_the_bundle_that_asked() -> None:
    flooded(MOST + 2)
    sweep(now=timezone.now())
    release()
    sweep(now=timezone.now())
    bundle = mail.outbox[-1].extra_headers["Message-ID"]
    last = held()[-1].approval
    assert last is not None
    Delivery.objects.filter(approval=last, event="reminder").update(
        due_at=timezone.now()
    )

    sweep(now=timezone.now())

    assert mail.outbox[-1].extra_headers["References"] == bundle
