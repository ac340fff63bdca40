"""Messages that came back: a delivery report names the delivery by its sender."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from django.db import transaction
from django.utils.crypto import constant_time_compare

from approvals.channels.email import bounce_mac
from approvals.clock import database_now
from approvals.models import Delivery
from approvals.services.deliveries import record_delivery
from approvals.services.notices import tell_dead_letter
from approvals.services.questions import ask_elsewhere

BOUNCED: Final = "bounced"
_ADDRESS: Final = re.compile(r"bounces\+(\d{1,18})\.([0-9a-f]{16})@")
_FAILED: Final = "failed"


def take_bounce(report: bytes, *, now: datetime) -> Delivery | None:
    """Give up the delivery that a report (RFC 3464) says has failed, and tell of it.

    None if it is no report of a failure, or was not sent to an address of ours: its
    mac is checked, since anybody can write a report.
    """
    message = message_from_bytes(report, EmailMessage, policy=policy.default)
    delivery_id = _delivery_id(message)
    if delivery_id is None or _FAILED not in _actions(message):
        return None
    return _give_up(delivery_id, now=now)


@transaction.atomic
def _give_up(delivery_id: int, *, now: datetime) -> Delivery | None:
    sent = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.SENT)
    if not sent.update(state=Delivery.State.DEAD, error_code=BOUNCED):
        return None
    delivery = Delivery.objects.get(pk=delivery_id)
    record_delivery("approval.notify_failed", delivery, now=now, reason=BOUNCED)
    at = database_now()
    ask_elsewhere(delivery, at=at)
    tell_dead_letter(delivery, at=at)
    return delivery


def _delivery_id(message: EmailMessage) -> int | None:
    headers = [*message.get_all("To", []), *message.get_all("Delivered-To", [])]
    for number, mac in _ADDRESS.findall(" ".join(map(str, headers))):
        if constant_time_compare(mac, bounce_mac(int(number))):
            return int(number)
    return None


def _actions(message: EmailMessage) -> set[str]:
    """Return what the report says happened; its blocks are messages of headers only."""
    reports = (
        part.get_payload()
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
    )
    blocks = [
        block
        for report in reports
        if isinstance(report, list)
        for block in report
        if isinstance(block, EmailMessage)
    ]
    return {str(block["Action"] or "").strip().lower() for block in blocks}
