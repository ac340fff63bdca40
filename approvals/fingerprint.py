"""What an approval is bound to, as one digest and a short code for people. Pure."""

import base64
import hashlib
from dataclasses import dataclass, fields
from typing import Final

from governance.arguments import canonical

_DOMAIN: Final = b"sealwright/approval/v1\0"
_GROUP: Final = 3


@dataclass(frozen=True, slots=True)
class Binding:
    """Everything that a yes is for; digests are texts such as ``sha256:9f3a...``."""

    tenant: str
    agent: str
    session: str
    tool: str
    route_version: int
    route_digest: str
    backend: str
    lane: str
    risk: str
    scope: str
    args_digest: str
    summary_digest: str


_MEMBERS: Final = tuple(field.name for field in fields(Binding))


def fingerprint(binding: Binding) -> bytes:
    """Return the 32 bytes that change with any member of ``binding``."""
    members = {name: getattr(binding, name) for name in _MEMBERS}
    return hashlib.sha256(_DOMAIN + canonical(members)).digest()


def short_code(fingerprint: bytes) -> str:
    """Return what people compare: the first 30 bits in base32, as ``K7Q-4M2``."""
    code = base64.b32encode(fingerprint[:5]).decode()
    return f"{code[:_GROUP]}-{code[_GROUP : 2 * _GROUP]}"
