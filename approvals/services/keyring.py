"""The claim keys that this process honours, read again at most every half second.

A revoked key dies within a second in all processes.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from approvals.clock import database_now
from governance.decision import Reason
from governance.errors import Denied
from governance.models import SigningKey
from governance.services.signing_keys import verifying

REMEMBERED_SECONDS: Final = 0.5

_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Keyring:
    public: Mapping[str, Ed25519PublicKey]
    active: str | None
    read_at: float


class _Memory:
    keyring: _Keyring | None = None


def verification_keys() -> Mapping[str, Ed25519PublicKey]:
    """Return the public keys that a claim may be signed with, by ``kid``."""
    return _keyring().public


def active_kid() -> str:
    """Return the id of the key that signs.

    Raises Denied ``unavailable`` if there is none.
    """
    kid = _keyring().active
    if kid is None:
        raise Denied(Reason.UNAVAILABLE, "There is no active key to sign claims with.")
    return kid


def forget() -> None:
    """Read the keys anew at the next use (tests; whoever just changed them)."""
    _Memory.keyring = None


def _keyring() -> _Keyring:
    known = _Memory.keyring
    if known is None or time.monotonic() - known.read_at >= REMEMBERED_SECONDS:
        with _lock:
            # Its age counts from before it was read, so a slow read makes it older.
            known = _Memory.keyring = _read(time.monotonic())
    return known


def _read(read_at: float) -> _Keyring:
    rows = list(verifying(at=database_now()))
    active = [row.kid for row in rows if row.state == SigningKey.State.ACTIVE]
    return _Keyring(
        public={
            row.kid: Ed25519PublicKey.from_public_bytes(bytes(row.public_key))
            for row in rows
        },
        active=active[0] if active else None,
        read_at=read_at,
    )
