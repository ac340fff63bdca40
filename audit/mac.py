"""HMAC-SHA-256 (RFC 2104) that keeps the interpreter.  Pure.

``hmac.digest`` gives up the GIL for every message, however short.  A governed call
makes a dozen, and in a busy process each was a switch of threads that took longer than
the digest; ``hashlib`` keeps it for messages under 2 KiB.
"""

import hashlib
from typing import Final

_BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of the code."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(padded.translate(_INNER) + message).digest()
    return hashlib.sha256(padded.translate(_OUTER) + inner).digest()
