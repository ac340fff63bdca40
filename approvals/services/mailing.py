"""Mail: handing a letter over."""

from collections.abc import Sequence
from datetime import datetime

from approvals.channels import email
from approvals.models import Delivery
from approvals.services import writing


def send_mail(delivery: Delivery, *, now: datetime) -> str:
    """Send a letter and return its Message-ID.  Raises SendFailed."""
    return email.send(delivery, writing.letter(delivery, now=now))


def send_bundle(deliveries: Sequence[Delivery]) -> str:
    """Send one letter about several questions to one person.  Raises SendFailed."""
    return email.send(deliveries[0], writing.bundle(deliveries))
