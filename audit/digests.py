"""Digests as records show them, and what can be recomputed from the bytes.  Pure."""

import hashlib
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from typing import Final

_PREFIX: Final = "sha256:"
_ARGS_DOMAIN: Final = b"sealwright/args/v1\0"
_GROUP: Final = 3


def digest_text(digest: bytes | str) -> str:
    """Return ``sha256:<hex>`` of a digest that may be so already."""
    return digest if isinstance(digest, str) else f"{_PREFIX}{digest.hex()}"


def args_digest(canonical: bytes) -> str:
    """Return the digest of canonical arguments, to be compared with the record's."""
    return digest_text(hashlib.sha256(_ARGS_DOMAIN + canonical).digest())


def short_code(fingerprint: str) -> str:
    """Return what people compare: the first 30 bits in base32, as ``K7Q-4M2``."""
    head = bytes.fromhex(fingerprint.removeprefix(_PREFIX)[:10])
    code = b32encode(head).decode()
    return f"{code[:_GROUP]}-{code[_GROUP : 2 * _GROUP]}"


def fingerprint_prefixes(code: str) -> list[str]:
    """Return what fingerprints of this code can begin with; [] if it is no code.

    30 bits are seven hexadecimal digits and half of the eighth, hence four of them.
    """
    letters = code.replace("-", "").upper()
    if len(letters) != 2 * _GROUP:
        return []
    try:
        head = int.from_bytes(b32decode(f"{letters}AA")) >> 10
    except NotBase32:
        return []
    return [f"{_PREFIX}{head << 2 | last:08x}" for last in range(4)]
