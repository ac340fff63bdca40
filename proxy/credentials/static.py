"""The stored value itself: shared, not narrowed, not revocable."""

import base64
import re

from audit.mac import hmac_sha256
from governance.envelope import Secret
from proxy.credentials.credential import MAX_VALUE_BYTES, Credential, Placement

_PRINTABLE = re.compile(r"[\x20-\x7e]+")


class NotPlaceable(ValueError):
    """The secret can't stand in a header; the text does not repeat it."""


def borrow(secret: Secret, *, placement: Placement, key: bytes) -> Credential:
    """Place a lane's secret; ``key`` makes the fingerprint that records hold.

    Raises NotPlaceable rather than send a value that could end the header.
    """
    value = secret.reveal()
    header = _placed(value, placement.scheme)
    if not _PRINTABLE.fullmatch(value) or len(header) > MAX_VALUE_BYTES:
        raise NotPlaceable("The secret is not printable ASCII of at most 8 KiB.")
    digest = hmac_sha256(key, value.encode())
    return Credential((placement.header, header), digest.hex()[:16], (value,))


def _placed(value: str, scheme: str) -> str:
    if scheme == "Basic":
        # The secret is `user:password` (RFC 7617).
        value = base64.b64encode(value.encode()).decode()
    return f"{scheme} {value}" if scheme else value
