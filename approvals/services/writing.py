"""What a letter says, and where its one link leads, by whatever channel it goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings

from approvals.channels.letters import Letter, bundle_of, letter_of
from approvals.models import Approval, Delivery
from approvals.services.links import make_link, page_url
from approvals.services.notices import (
    DEAD_LETTER,
    OUTCOME_UNKNOWN,
    QUESTIONS,
    REMINDER,
    SIGN_IN_CHANGES,
)

MAX_WAITING: Final = 10


def letter(delivery: Delivery, *, now: datetime) -> Letter:
    """Return what one delivery says to its reader."""
    waiting = _waiting(delivery) if delivery.event == REMINDER else []
    return letter_of(delivery, url=_url(delivery, now=now), waiting=waiting)


def bundle(deliveries: Sequence[Delivery]) -> Letter:
    """Return one letter about several questions to one person."""
    return bundle_of(deliveries, url=f"{settings.PUBLIC_URL}/approvals/")


def _url(delivery: Delivery, *, now: datetime) -> str:
    """Return the one link: a question's leads to the review page and names the mail."""
    if delivery.event in QUESTIONS:
        return make_link(delivery, now=now)
    if delivery.event == DEAD_LETTER:
        return f"{settings.PUBLIC_URL}/admin/approvals/delivery/"
    if delivery.event in SIGN_IN_CHANGES and _is_hers(delivery):
        return f"{settings.PUBLIC_URL}/account/"
    if delivery.event == OUTCOME_UNKNOWN or delivery.approval is None:
        path = f"/calls/{delivery.call_id}/" if delivery.call_id else "/"
        return f"{settings.PUBLIC_URL}{path}"
    return page_url(delivery.approval.pk)


def _is_hers(delivery: Delivery) -> bool:
    return bool(delivery.about.get("person") == delivery.reader.username)


def _waiting(delivery: Delivery) -> list[Approval]:
    """Return what else its reader was asked and has not answered.

    In Slack of one tenant alone: its workspace must not read of another's requests.
    """
    person = delivery.reader
    asked = Approval.objects.pending().filter(
        deliveries__event__in=QUESTIONS, deliveries__recipient=person
    )
    if delivery.channel == Delivery.Channel.SLACK:
        asked = asked.filter(tenant=delivery.tenant)
    others = asked.exclude(votes__person=person).exclude(pk=delivery.approval_id)
    return list(others.distinct().order_by("decide_by")[:MAX_WAITING])
