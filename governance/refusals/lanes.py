"""What a credential lane may be, and where it may put its credential.  Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from governance.envelope import MIN_SECRET_CHARACTERS

SCHEMES: Final = ("Bearer", "token", "Basic")
# The most that a credential may be able to do, for the risk of a route.
ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "read": ("read",),
    "write": ("read", "write"),
    "privileged": ("read", "write", "admin"),
}
_MAX_SECRET: Final = 8192
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
# What the transport or the mapping decides, or what others would read as ours.
_OURS: Final = frozenset(
    {
        *(
            "accept-encoding",
            "connection",
            "content-encoding",
            "content-length",
        ),
        *(
            "content-type",
            "cookie",
            "expect",
            "forwarded",
        ),
        *(
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
        ),
        *(
            "te",
            "traceparent",
            "tracestate",
            "trailer",
        ),
        *(
            "transfer-encoding",
            "upgrade",
            "via",
        ),
    }
)


def placement_problems(kind: str, placement: Any) -> list[str]:
    """Say what is wrong with where a lane puts its credential."""
    if kind == "none":
        return [] if placement == {} else ["A lane without credential places nothing."]
    match placement:
        case {"in": "authorization", "scheme": scheme, **rest} if not rest:
            if scheme in SCHEMES:
                return []
            return [f"The scheme is one of {', '.join(SCHEMES)}."]
        case {"in": "header", "name": str(name), **rest} if not rest:
            return _header_problems(name)
    return ["A credential goes into Authorization or into a header that you name."]


def secret_problems(kind: str, secret: str) -> list[str]:
    """Say what is wrong with a secret, without a word of it."""
    if kind == "none":
        return ["A lane of the kind “none” has no secret."]
    if not MIN_SECRET_CHARACTERS <= len(secret) <= _MAX_SECRET:
        return [f"A secret has {MIN_SECRET_CHARACTERS} to {_MAX_SECRET} characters."]
    if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        return [
            "A secret is printable ASCII, without blanks at its ends or line breaks."
        ]
    return []


def privilege_problems(privilege: str, *, risk: str) -> list[str]:
    """Say whether a lane has more power than a route of this risk calls for."""
    if privilege in ALLOWED.get(risk, ()):
        return []
    said = f"A {risk} route may not borrow a lane with the privilege “{privilege}”:"
    return [f"{said} that is more than it calls for. Use a narrower lane."]


def _header_problems(name: str) -> list[str]:
    if not _HEADER.fullmatch(name):
        return ["Write the name of a header, such as X-Api-Key."]
    if name.lower() in _OURS:
        return [f"“{name}” is not a header for credentials."]
    return []
