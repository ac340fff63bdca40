"""A checkpoint's text and its signatures (C2SP tlog-checkpoint, signed-note).  Pure."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import verify

_DASH: Final = "\u2014"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs under the origin of a log."""

    key: verify.Key
    private: Ed25519PrivateKey

    def line(self, text: str) -> str:
        """Return the signature line of a note's text."""
        signature = self.key.key_id + self.private.sign(text.encode())
        return f"{_DASH} {self.key.name} {b64encode(signature).decode()}\n"


def signer(private: Ed25519PrivateKey, origin: str) -> Signer:
    """Return what signs under this origin."""
    public = private.public_key().public_bytes_raw()
    return Signer(verify.make_key(origin, public), private)


def checkpoint_note(size: int, root: bytes, *, signers: Sequence[Signer]) -> str:
    """Return the signed note; all signers have the same origin."""
    text = f"{signers[0].key.name}\n{size}\n{b64encode(root).decode()}\n"
    return f"{text}\n{''.join(each.line(text) for each in signers)}"
