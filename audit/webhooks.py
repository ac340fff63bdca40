"""Signing what leaves as a webhook, after Standard Webhooks 1.0.  Pure.

The receiver verifies with any library of the scheme: HMAC-SHA-256 over
``id.timestamp.body``, under a secret that is written ``whsec_`` and base64.
"""

import binascii
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final

from audit.mac import hmac_sha256

SECRET_BYTES: Final = 32
_PREFIX: Final = "whsec_"
# The scheme's own bounds for a symmetric secret.
_KEY_BYTES: Final = range(24, 65)


class SecretRefused(ValueError):
    """A text that is no secret of the scheme; the message says what one looks like."""


def written_secret(key: bytes) -> str:
    """Return a key as receivers are given it; ``SECRET_BYTES`` of randomness make one.

    Raises SecretRefused if it is too short or too long.
    """
    if len(key) not in _KEY_BYTES:
        raise SecretRefused("A webhook secret has 24 to 64 bytes.")
    return f"{_PREFIX}{b64encode(key).decode()}"


def signature_headers(
    secret: str, *, message_id: str, at: datetime, body: bytes, previous: str = ""
) -> dict[str, str]:
    """Return the three headers that go with ``body``.

    ``message_id`` stays the same for each attempt to send a message, and ``at`` is the
    time of the attempt.  While a secret is rotated, ``previous`` signs too, so that a
    receiver with either of them verifies.  Raises SecretRefused.
    """
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    secrets = [secret, previous] if previous else [secret]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(each, signed) for each in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    return f"v1,{b64encode(hmac_sha256(_key(secret), signed)).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise SecretRefused("A webhook secret is whsec_ and base64 of 24 to 64 bytes.")
    return key
