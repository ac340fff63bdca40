"""Public ids: prefixed, unguessable, sorted by the time they were made."""

from datetime import datetime
from typing import Final

import uuid_utils

_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuv"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)


def new_id(prefix: str) -> str:
    """Return a fresh id such as ``apr_06bnu5k0s1v6h5v3k9q2p7m4ec``.

    A UUIDv7 (RFC 9562, section 5.7) in lower-case base32hex (RFC 4648, section 7)
    without padding: base32hex keeps the order of the bytes, so ids sort by time.
    """
    number = uuid_utils.uuid7().int << 2
    return f"{prefix}_{_base32hex(number)}"


def _base32hex(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def first_id(prefix: str, at: datetime) -> str:
    """Return an id before all that are made from ``at`` on."""
    number = int(at.timestamp() * 1000) << 82  # 48 bits of milliseconds come first
    return f"{prefix}_{_base32hex(number)}"
