"""Mail: handing a letter over, in the language of its reader."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from approvals.channels import email
from approvals.models import Delivery
from approvals.services import writing
from governance.languages import language_of


def send_mail(delivery: Delivery, *, now: datetime) -> str:
    """Send a letter and return its Message-ID.  Raises SendFailed."""
    with translation.override(language_of(delivery.recipient)):
        return email.send(delivery, writing.letter(delivery, now=now))


def send_bundle(deliveries: Sequence[Delivery]) -> str:
    """Send one letter about several questions to one person.  Raises SendFailed."""
    with translation.override(language_of(deliveries[0].recipient)):
        return email.send(deliveries[0], writing.bundle(deliveries))
