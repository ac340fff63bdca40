"""What the log of the evidence needs from this layer, called by name from the settings.

Its origin, its keys, and the guarded sender for the anchor's webhook.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit.connections import give_connection_back
from governance import keys
from governance.egress import (
    BackendSettings,
    Deadline,
    EgressFailed,
    OutboundRequest,
    once,
)
from governance.keys import KeyUnavailable
from governance.models import Installation

MOST_ANSWER_BYTES: Final = 65_536


def origin() -> str:
    """Return the name under which the first checkpoint is signed.

    What `./dev up` makes is no public host, so it gets a name that nobody else has.
    """
    if settings.PRODUCTION:
        return f"{urlsplit(settings.PUBLIC_URL).netloc}/audit/log"
    installation, _ = Installation.objects.get_or_create(pk=1)
    return f"sealwright.local/{installation.installation_id}"


def private_keys() -> list[Ed25519PrivateKey]:
    """Return ``log.key`` and, while keys change, the one that follows; [] if none.

    A process that does not seal need not be able to read them.
    """
    try:
        return keys.log_private_keys()
    except KeyUnavailable:
        return []


def post(url: str, *, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """Send a webhook through the egress guard and return the status of the answer.

    Raises ConnectionError if there was none in time, or if nothing may go there.
    """
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    backend = BackendSettings(
        id=0,
        version=0,
        base_url=f"{parts.scheme}://{parts.netloc}",
        cidrs=tuple(settings.AUDIT_ANCHOR_WEBHOOK_CIDRS),
        max_response_bytes=MOST_ANSWER_BYTES,
    )
    request = OutboundRequest("POST", target, tuple(headers.items()), body)
    give_connection_back()
    try:
        return once(request, backend=backend, deadline=Deadline(seconds)).status
    except EgressFailed as error:
        raise ConnectionError(str(error)) from error
