"""HMACs over rows: who can write to the database can't make us believe it.

The key lies outside the database (``keys/seal.key``); claims, votes, published route
versions, backends and lanes carry a seal that is checked wherever the row is read.
"""

import hmac
from collections.abc import Mapping

import rfc8785

from audit.mac import hmac_sha256
from governance.keys import seal_key


def seal(kind: str, members: Mapping[str, object]) -> bytes:
    """Return the HMAC-SHA-256 of a row's members, bound to the kind of row."""
    text = rfc8785.dumps(dict(members))  # type: ignore[arg-type]  # plain JSON values
    return hmac_sha256(seal_key(), f"sealwright/row/{kind}/v1\0".encode() + text)


def holds(kind: str, members: Mapping[str, object], mac: bytes | memoryview) -> bool:
    """Answer whether a row is still what we sealed."""
    return hmac.compare_digest(seal(kind, members), bytes(mac))
