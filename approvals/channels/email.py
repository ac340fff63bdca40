"""Mail: render and send one delivery.  It decides nothing, and it holds one link."""

import smtplib
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from approvals.channels.failures import SendFailed
from approvals.channels.letters import Letter
from approvals.models import Delivery
from audit.connections import give_connection_back

PERMANENT: Final = 500
PREFERENCES: Final = "/account/preferences/"
_MAC_CHARACTERS: Final = 16


def send(delivery: Delivery, letter: Letter) -> str:
    """Hand one message over and return its Message-ID.

    Raises SendFailed.
    """
    message = message_of(delivery, letter)
    give_connection_back()
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _failed(min(codes, default=PERMANENT)) from error
    except smtplib.SMTPResponseException as error:
        raise _failed(error.smtp_code) from error
    except (OSError, smtplib.SMTPException) as error:
        raise SendFailed("unreachable", is_permanent=False) from error
    return message_id(delivery)


def message_of(delivery: Delivery, letter: Letter) -> EmailMultiAlternatives:
    """Return the message: plain text that is complete, and HTML beside it."""
    context = {"letter": letter}
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=render_to_string("mail/letter.txt", context),
        from_email=_envelope_sender(delivery),
        to=[delivery.address],
        headers={**_headers(delivery), **_way_out(letter)},
    )
    message.attach_alternative(
        render_to_string("mail/letter.html", context), "text/html"
    )
    return message


def message_id(delivery: Delivery) -> str:
    """Return the Message-ID of a delivery, the same for each attempt to send it."""
    return f"<delivery-{delivery.pk}@{_domain()}>"


def bounce_mac(delivery_id: int) -> str:
    """Return what proves that an address for bounces was made here."""
    mac = salted_hmac("sealwright.bounce", str(delivery_id), algorithm="sha256")
    return mac.hexdigest()[:_MAC_CHARACTERS]


def _headers(delivery: Delivery) -> dict[str, str]:
    headers = {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Reply-To": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": message_id(delivery),
        "Auto-Submitted": "auto-generated",  # RFC 3834, section 5
        # Not `All`: that would stop bounces, too.
        "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN",
        "Feedback-ID": f"{delivery.event}:approvals:sealwright",
    }
    thread = _thread(delivery)
    if thread:
        headers.update({"In-Reply-To": thread, "References": thread})
    return headers


def _way_out(letter: Letter) -> dict[str, str]:
    """Return where a digest is turned off (RFC 2369, section 3.2), by hand alone.

    No ``List-Unsubscribe-Post`` (RFC 8058): whoever holds a mail, a scanner too, could
    then keep questions from an approver without being her.
    """
    if not letter.is_bundle:
        return {}
    return {"List-Unsubscribe": f"<{settings.PUBLIC_URL}{PREFERENCES}>"}


def _thread(delivery: Delivery) -> str:
    """Return what a later message about the same request answers to."""
    if delivery.approval_id is None or delivery.event == "requested":
        return ""
    first = Delivery.objects.filter(
        approval=delivery.approval_id,
        event="requested",
        recipient=delivery.recipient_id,
        channel=Delivery.Channel.EMAIL,
    ).first()
    # Whoever was not asked reads one thread, too: it begins with nothing.
    if first is None:
        return f"<{delivery.approval_id}@{_domain()}>"
    return first.message_id or message_id(first)  # a bundle has one id for them all


def _envelope_sender(delivery: Delivery) -> str:
    """Return where bounces go; the mac says that the delivery is ours."""
    return f"bounces+{delivery.pk}.{bounce_mac(delivery.pk)}@{_domain()}"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def _failed(code: int) -> SendFailed:
    return SendFailed(f"smtp_{code}", is_permanent=code >= PERMANENT)
