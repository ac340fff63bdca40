"""Sending what the outbox holds: taken by one, checked again, sent outside the lock."""

import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from approvals.channels.failures import SendFailed
from approvals.clock import database_now
from approvals.models import Delivery
from approvals.services.evidence import approval_facts
from approvals.services.mailing import send_bundle, send_mail
from approvals.services.notices import QUESTIONS, REMINDER, tell_dead_letter
from approvals.services.posting import post_webhook
from approvals.services.preferences import wait_until
from approvals.services.questions import ask_elsewhere
from approvals.services.relevance import makes_sense
from approvals.services.slack.sending import send_slack, send_slack_bundle
from approvals.services.ways import tell_by_mail
from audit.services import Facts, record

# Whoever takes a message and dies leaves it to the next one after this.
LEASE: Final = timedelta(minutes=5)
BACK_OFF: Final = (10, 60, 300, 900, 3600)
AT_ONCE: Final = 50
# One sweep sends for so long: of a remote that is slow the next one hears.
SWEEP_SECONDS: Final = 20

_logger: Final = logging.getLogger(__name__)
State = Delivery.State
Send = Callable[..., str]

CHANNELS: Final[Mapping[str, Send]] = {
    Delivery.Channel.EMAIL: send_mail,
    Delivery.Channel.SLACK: send_slack,
    Delivery.Channel.WEBHOOK: post_webhook,
}
BUNDLES: Final[Mapping[str, Send]] = {
    Delivery.Channel.EMAIL: send_bundle,
    Delivery.Channel.SLACK: send_slack_bundle,
}


def deliver(delivery_id: int, *, now: datetime) -> None:
    """Send one message, if it is due, nobody else has taken it and it makes sense.

    Sent outside any transaction; what became of it is stored and recorded.  One that
    was held back takes along what else is held back for the same person.
    """
    taken = _take(delivery_id, at=database_now())
    rows = [] if taken is None else [taken, *_held_with(taken)]
    rows = [row for row in rows if _still_makes_sense(row) and not _put_off(row)]
    if not rows:
        return
    try:
        sent_id = _tried(rows, now=now)
    except SendFailed as failure:
        for row in rows:
            _put_back(row, failure, now=now)
    else:
        for row in rows:
            _sent(row, sent_id, now=now)


def _tried(rows: Sequence[Delivery], *, now: datetime) -> str:
    """Send, and let whatever goes wrong be a failure that is counted.

    Let go, it would come again every few minutes for good, and end each sweep.
    """
    try:
        return _send(rows, now=now)
    except SendFailed:
        raise
    except Exception as error:  # noqa: BLE001 - a receiver's answer may trip anything
        name = type(error).__qualname__
        # Without the text, which may hold a token.
        _logger.error("unforeseen %s while %d was sent", name, rows[0].pk)  # noqa: TRY400
        raise SendFailed("unforeseen", is_permanent=False) from None


def sweep(*, now: datetime) -> int:
    """Send what is due, also what a lost message or a dead worker left; how many."""
    # By channel: mail does not wait for a webhook that hangs.
    due = Delivery.objects.filter(_due(database_now())).order_by("channel", "due_at")
    ends, sent = time.monotonic() + SWEEP_SECONDS, 0
    for delivery_id in list(due.values_list("pk", flat=True)[:AT_ONCE]):
        if time.monotonic() < ends:
            deliver(delivery_id, now=now)
            sent += 1
    return sent


def send_again(delivery_id: int) -> bool:
    """Put a dead letter back into the outbox; False if it is not dead."""
    dead = Delivery.objects.filter(pk=delivery_id, state=State.DEAD)
    again = dead.update(state=State.QUEUED, attempts=0, due_at=database_now())
    return again == 1


def _due(at: datetime) -> Q:
    return Q(state__in=[State.QUEUED, State.SENDING], due_at__lte=at)


def _take(delivery_id: int, *, at: datetime, early: bool = False) -> Delivery | None:
    free = Q(state=State.QUEUED) if early else _due(at)
    taken = Delivery.objects.filter(free, pk=delivery_id).update(
        state=State.SENDING, attempts=F("attempts") + 1, due_at=at + LEASE
    )
    if not taken:
        return None
    return Delivery.objects.with_approval().get(pk=delivery_id)


def _held_with(taken: Delivery) -> list[Delivery]:
    if not taken.bundled:
        return []
    held = Delivery.objects.filter(
        bundled=True,
        state=State.QUEUED,
        recipient=taken.recipient,
        channel=taken.channel,
    )
    if taken.channel == Delivery.Channel.SLACK:
        # Each tenant has a workspace of its own, which must not read another's.
        held = held.filter(tenant=taken.tenant)
    at = database_now()
    ids = list(held.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    found = [_take(pk, at=at, early=True) for pk in ids]
    return [row for row in found if row is not None]


def _still_makes_sense(delivery: Delivery) -> bool:
    if makes_sense(delivery, at=database_now()):
        return True
    _settle(delivery, state=State.CANCELLED)
    return False


def _put_off(delivery: Delivery) -> bool:
    """Leave a reminder until its reader's quiet hours are over."""
    if delivery.event != REMINDER:
        return False
    until = wait_until(delivery, at=database_now())
    if until is None:
        return False
    _settle(delivery, state=State.QUEUED, due_at=until, attempts=delivery.attempts - 1)
    return True


def _send(rows: Sequence[Delivery], *, now: datetime) -> str:
    first, *others = rows
    if others:
        return BUNDLES[first.channel](rows)
    return CHANNELS[first.channel](first, now=now)


def _sent(delivery: Delivery, sent_id: str, *, now: datetime) -> None:
    with transaction.atomic():
        _settle(delivery, state=State.SENT, sent_at=database_now(), message_id=sent_id)
        was = "reminded" if delivery.event == REMINDER else "notified"
        record_delivery(f"approval.{was}", delivery, now=now)


def _put_back(delivery: Delivery, failure: SendFailed, *, now: datetime) -> None:
    at = database_now()
    due_at = _next_attempt(delivery, failure, at=at)
    if failure.is_permanent or due_at is None:
        _give_up(delivery, failure.code, at=at, now=now)
    else:
        _settle(delivery, state=State.QUEUED, due_at=due_at, error_code=failure.code)


def _next_attempt(
    delivery: Delivery, failure: SendFailed, *, at: datetime
) -> datetime | None:
    """Return when to try again, with jitter; None once there is no sense in it."""
    if delivery.attempts > len(BACK_OFF):
        return None
    seconds = max(BACK_OFF[delivery.attempts - 1], failure.retry_after)
    due_at = at + timedelta(seconds=seconds + secrets.randbelow(seconds // 5 + 1))
    is_question = delivery.approval is not None and delivery.event in QUESTIONS
    ends = delivery.approval.decide_by if delivery.approval and is_question else None
    return None if ends is not None and due_at >= ends else due_at


def _give_up(delivery: Delivery, code: str, *, at: datetime, now: datetime) -> None:
    with transaction.atomic():
        _settle(delivery, state=State.DEAD, error_code=code)
        record_delivery("approval.notify_failed", delivery, now=now, reason=code)
        ask_elsewhere(delivery, at=at)
        tell_by_mail(delivery, at=at)
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
