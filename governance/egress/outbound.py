"""A request as it leaves, and its bytes (RFC 9112).  Pure.

Only what is written here is sent: no cookie, no second ``Host``, no header that could
move the end of the request.
"""

import re
from dataclasses import dataclass
from typing import Final

from governance.egress.urls import Destination

MAX_HEAD_BYTES: Final = 65_536

_METHOD = re.compile(r"[A-Z]{1,16}")
_TARGET = re.compile(
    r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=[/?]|\Z)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_VALUE = re.compile(r"[\x20-\x7e\t]*")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})

# The guard writes these itself, or nobody does (RFC 9110, section 7.6.1; RFC 9112, 6).
RESERVED: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


class RequestMalformed(ValueError):
    """A request can't be written as HTTP; the text names the part, not its value."""


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """What is asked of a backend; ``target`` is path and query, fully encoded."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


def fixed_head(destination: Destination) -> str:
    """Return the header lines that every request to ``destination`` carries."""
    return (
        f"Host: {destination.authority}\r\n"
        "User-Agent: sealwright\r\n"
        "Accept-Encoding: identity\r\n"
    )


def encode(request: OutboundRequest, *, path: str, fixed: str) -> bytes:
    """Write the request: ``path`` goes before its target, ``fixed`` into its head.

    Raises RequestMalformed rather than send what another parser may read otherwise.
    """
    if not _METHOD.fullmatch(request.method):
        raise RequestMalformed("The method is not one of HTTP's.")
    if not _TARGET.fullmatch(request.target) or _DOTS.search(request.target):
        raise RequestMalformed("The path or the query is not fully encoded.")
    lines = "".join(_lines(request))
    head = f"{request.method} {path}{request.target} HTTP/1.1\r\n{fixed}{lines}\r\n"
    if len(head) > MAX_HEAD_BYTES:
        raise RequestMalformed("The headers are too long.")
    return head.encode("ascii") + (request.body or b"")


def _lines(request: OutboundRequest) -> list[str]:
    seen: set[str] = set()
    lines = []
    for name, value in request.headers:
        lowered = name.lower()
        if lowered in RESERVED or lowered in seen or not _NAME.fullmatch(name):
            raise RequestMalformed(
                "A header is set twice, or is not for routes to set."
            )
        if not _VALUE.fullmatch(value):
            raise RequestMalformed("A header's value is not printable ASCII.")
        seen.add(lowered)
        lines.append(f"{name}: {value}\r\n")
    if request.body is not None or request.method in _WITH_BODY:
        lines.append(f"Content-Length: {len(request.body or b'')}\r\n")
    return lines
