"""A webhook gets each note, signed after Standard Webhooks."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from audit.anchors.failures import AnchorFailed, Sending
from audit.webhooks import SecretRefused, signature_headers

SECONDS: Final = 5
_TYPE: Final = "text/plain; charset=utf-8"


class Post(Protocol):
    """The guarded sender of the layer above."""

    def __call__(
        self, url: str, *, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> int:
        """Return the status; raises OSError if there was no answer in time."""


def is_on() -> bool:
    """Whether somebody set an address."""
    return bool(settings.AUDIT_ANCHOR_WEBHOOK_URL)


def put(sending: Sending) -> None:
    """Send a note and wait for a 2xx.

    Raises AnchorFailed if there is none within five seconds.
    """
    body = sending.note.encode()
    post = cast("Post", import_string(settings.ANCHOR_POST))
    try:
        signed = signature_headers(
            settings.AUDIT_ANCHOR_WEBHOOK_SECRET,
            message_id=_message_id(sending, body),
            at=sending.at,
            body=body,
        )
        headers = {"Content-Type": _TYPE, **signed}
        status = post(
            settings.AUDIT_ANCHOR_WEBHOOK_URL,
            body=body,
            headers=headers,
            seconds=SECONDS,
        )
    except SecretRefused as error:
        raise AnchorFailed("AUDIT_ANCHOR_WEBHOOK_SECRET is not a secret") from error
    except OSError as error:
        raise AnchorFailed(f"no answer ({type(error).__name__})") from error
    if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
        raise AnchorFailed(f"it answered {status}")


def _message_id(sending: Sending, body: bytes) -> str:
    # After an accepted rollback another log may reach the same size, and a receiver
    # drops what it believes to have seen.
    return f"msg_checkpoint_{sending.size}_{sha256(body).hexdigest()[:16]}"
