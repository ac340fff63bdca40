"""Whether a message still makes sense at the moment when it is sent."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from approvals import eligibility
from approvals.models import Approval, Delivery, Way
from approvals.services.notices import QUESTIONS, REMINDER
from approvals.services.preferences import preference_of
from approvals.services.slack.copies import VOTED

ONE_REMINDER_IN: Final = timedelta(hours=4)

State = Delivery.State


def makes_sense(delivery: Delivery, *, at: datetime) -> bool:
    """Ask again what was true as the message was written: now it is sent."""
    if delivery.webhook is not None:
        return delivery.webhook.suspended_at is None
    if "copy" in delivery.about:
        return _has_copy(delivery) and not _is_overtaken(delivery)
    if delivery.recipient is not None and not delivery.recipient.is_active:
        return False
    if delivery.event not in QUESTIONS or delivery.approval is None:
        return True
    return _is_open(delivery.approval, at=at) and _concerns_reader(delivery, at=at)


def _has_copy(delivery: Delivery) -> bool:
    """Whether there is, or soon will be, a message to bring up to date."""
    gone = (State.CANCELLED, State.DEAD)
    copies = Delivery.objects.filter(pk=delivery.about["copy"])
    return copies.exclude(state__in=gone).exists()


def _is_overtaken(update: Delivery) -> bool:
    """Whether it tells of a vote, and the decision has its own update by now."""
    approval = update.approval
    is_vote = update.event == VOTED
    return is_vote and approval is not None and approval.state != "pending"


def _is_open(approval: Approval, *, at: datetime) -> bool:
    return approval.state == Approval.State.PENDING and approval.decide_by > at


def _concerns_reader(delivery: Delivery, *, at: datetime) -> bool:
    approval, person = delivery.approval, delivery.recipient
    if approval is None or person is None:
        return True  # a channel's copy: whoever reads it is judged as she acts
    has_voted = approval.votes.filter(person=person).exists()
    if has_voted or not _wants_reminder(delivery, at=at):
        return False
    return eligibility.seat_of(person, approval, now=at).seat is not None


def _wants_reminder(delivery: Delivery, *, at: datetime) -> bool:
    """Whether it is no reminder, or one that is neither unwanted nor too many."""
    if delivery.event != REMINDER:
        return True
    chosen = preference_of(delivery.reader)
    if chosen.is_muted(at) or chosen.reminders == Way.NOTHING:
        return False
    # A mail lists what waits in all her tenants; Slack, in the one that it is of.
    listed = Q(tenant=delivery.tenant) | Q(channel=Delivery.Channel.EMAIL)
    others = Delivery.objects.filter(
        listed,
        event=REMINDER,
        recipient=delivery.recipient,
        state=State.SENT,
        sent_at__gt=at - ONE_REMINDER_IN,
    )
    return not others.exists()
