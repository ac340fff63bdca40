"""Sending what the outbox holds: taken by one, checked again, sent outside the lock."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from approvals import eligibility
from approvals.channels import email
from approvals.channels.email import SendFailed
from approvals.channels.letters import Letter, letter_of
from approvals.clock import database_now
from approvals.models import Approval, Delivery
from approvals.services.evidence import approval_facts
from approvals.services.links import make_link, page_url
from approvals.services.notices import (
    DEAD_LETTER,
    OUTCOME_UNKNOWN,
    QUESTIONS,
    REMINDER,
    tell_dead_letter,
)
from audit.services import Facts, record

# Whoever takes a message and dies leaves it to the next one after this.
LEASE: Final = timedelta(minutes=5)
BACK_OFF: Final = (10, 60, 300, 900, 3600)
AT_ONCE: Final = 50
ONE_REMINDER_IN: Final = timedelta(hours=4)
MAX_WAITING: Final = 10

State = Delivery.State

CHANNELS: Final[dict[str, Callable[[Delivery, Letter], str]]] = {"email": email.send}


def deliver(delivery_id: int, *, now: datetime) -> None:
    """Send one message, if it is due, nobody else has taken it and it makes sense.

    Sent outside any transaction; what became of it is stored and recorded.
    """
    delivery = _take(delivery_id)
    if delivery is None:
        return
    if not _makes_sense(delivery, at=database_now()):
        _settle(delivery, state=State.CANCELLED)
        return
    try:
        sent_id = CHANNELS[delivery.channel](delivery, _letter(delivery, now=now))
    except SendFailed as failure:
        _put_back(delivery, failure, now=now)
    else:
        _sent(delivery, sent_id, now=now)


def sweep(*, now: datetime) -> int:
    """Send what is due, also what a lost message or a dead worker left; how many."""
    due = Delivery.objects.filter(_due(database_now())).order_by("due_at")
    ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for delivery_id in ids:
        deliver(delivery_id, now=now)
    return len(ids)


def send_again(delivery_id: int) -> bool:
    """Put a dead letter back into the outbox; False if it is not dead."""
    dead = Delivery.objects.filter(pk=delivery_id, state=State.DEAD)
    again = dead.update(state=State.QUEUED, attempts=0, due_at=database_now())
    return again == 1


def _due(at: datetime) -> Q:
    return Q(state__in=[State.QUEUED, State.SENDING], due_at__lte=at)


def _take(delivery_id: int) -> Delivery | None:
    at = database_now()
    taken = Delivery.objects.filter(_due(at), pk=delivery_id).update(
        state=State.SENDING, attempts=F("attempts") + 1, due_at=at + LEASE
    )
    if not taken:
        return None
    return Delivery.objects.select_related(
        "tenant",
        "recipient",
        "approval__tenant",
        "approval__agent__owner",
        "approval__key",
        "approval__session",
        "approval__route_version",
        "approval__group",
        "approval__payload",
    ).get(pk=delivery_id)


def _makes_sense(delivery: Delivery, *, at: datetime) -> bool:
    """Ask again what was true as the message was written: now it is sent."""
    if not delivery.recipient.is_active:
        return False
    if delivery.event not in QUESTIONS or delivery.approval is None:
        return True
    approval, person = delivery.approval, delivery.recipient
    is_open = approval.state == Approval.State.PENDING and approval.decide_by > at
    has_voted = approval.votes.filter(person=person).exists()
    if not is_open or has_voted or _was_reminded(delivery, at=at):
        return False
    return eligibility.seat_of(person, approval, now=at).seat is not None


def _was_reminded(delivery: Delivery, *, at: datetime) -> bool:
    if delivery.event != REMINDER:
        return False
    others = Delivery.objects.filter(
        event=REMINDER,
        recipient=delivery.recipient,
        state=State.SENT,
        sent_at__gt=at - ONE_REMINDER_IN,
    )
    return others.exists()


def _letter(delivery: Delivery, *, now: datetime) -> Letter:
    waiting = _waiting(delivery) if delivery.event == REMINDER else []
    return letter_of(delivery, url=_url(delivery, now=now), waiting=waiting)


def _url(delivery: Delivery, *, now: datetime) -> str:
    """Return the one link: a question's leads to the review page and names the mail."""
    if delivery.event in QUESTIONS:
        return make_link(delivery, now=now)
    if delivery.event == DEAD_LETTER:
        return f"{settings.PUBLIC_URL}/admin/approvals/delivery/"
    if delivery.event == OUTCOME_UNKNOWN or delivery.approval is None:
        path = f"/calls/{delivery.call_id}/" if delivery.call_id else "/"
        return f"{settings.PUBLIC_URL}{path}"
    return page_url(delivery.approval.pk)


def _waiting(delivery: Delivery) -> list[Approval]:
    """Return what else its reader was asked and has not answered."""
    person = delivery.recipient
    asked = Approval.objects.pending().filter(
        deliveries__event__in=QUESTIONS, deliveries__recipient=person
    )
    others = asked.exclude(votes__person=person).exclude(pk=delivery.approval_id)
    return list(others.distinct().order_by("decide_by")[:MAX_WAITING])


def _sent(delivery: Delivery, sent_id: str, *, now: datetime) -> None:
    with transaction.atomic():
        _settle(delivery, state=State.SENT, sent_at=database_now(), message_id=sent_id)
        record_delivery("approval.notified", delivery, now=now)


def _put_back(delivery: Delivery, failure: SendFailed, *, now: datetime) -> None:
    at = database_now()
    due_at = _next_attempt(delivery, at=at)
    if failure.is_permanent or due_at is None:
        _give_up(delivery, failure.code, at=at, now=now)
    else:
        _settle(delivery, state=State.QUEUED, due_at=due_at, error_code=failure.code)


def _next_attempt(delivery: Delivery, *, at: datetime) -> datetime | None:
    """Return when to try again, with jitter; None once there is no sense in it."""
    if delivery.attempts > len(BACK_OFF):
        return None
    seconds = BACK_OFF[delivery.attempts - 1]
    due_at = at + timedelta(seconds=seconds + secrets.randbelow(seconds // 5 + 1))
    is_question = delivery.approval is not None and delivery.event in QUESTIONS
    ends = delivery.approval.decide_by if delivery.approval and is_question else None
    return None if ends is not None and due_at >= ends else due_at


def _give_up(delivery: Delivery, code: str, *, at: datetime, now: datetime) -> None:
    with transaction.atomic():
        _settle(delivery, state=State.DEAD, error_code=code)
        record_delivery("approval.notify_failed", delivery, now=now, reason=code)
        tell_dead_letter(delivery, at=at)


def _settle(delivery: Delivery, **values: object) -> None:
    # By its attempt: a sender that was thought dead must not settle another's.
    Delivery.objects.filter(
        pk=delivery.pk, state=State.SENDING, attempts=delivery.attempts
    ).update(**values)


def record_delivery(
    event: str, delivery: Delivery, *, now: datetime, reason: str | None = None
) -> None:
    """Record what became of a message; its reader's name is left out."""
    facts: Facts = {"tenant": delivery.tenant.slug, "actor_kind": "system"}
    if delivery.approval is not None:
        facts = approval_facts(delivery.approval)
    facts["reason"] = reason
    facts["call_id"] = delivery.call_id
    facts["detail"] = {
        "delivery": delivery.pk,
        "event": delivery.event,
        "channel": delivery.channel,
    }
    record(event, now=now, **facts)
