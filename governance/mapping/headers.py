"""The static headers of a mapped request; no argument reaches one.  Pure."""

import re
from collections.abc import Iterator
from typing import Final

from governance.template import Template

Headers = tuple[tuple[str, Template], ...]

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, 5.6.2
_LITERAL: Final = re.compile(r"[ -~]*")

# What the transport, the lane or the trace decides, or what would name another
# address or method to a careless backend.
_FORBIDDEN: Final = frozenset(
    {
        *("authorization", "cookie", "host", "content-length", "content-encoding"),
        *("transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade"),
        *("accept-encoding", "user-agent", "expect", "forwarded", "via"),
        "http2-settings",
        *("traceparent", "tracestate", "baggage", "x-original-url", "x-rewrite-url"),
        *("x-http-method", "x-http-method-override", "x-method-override"),
    }
)
_FORBIDDEN_PREFIXES: Final = ("proxy-", "x-forwarded-", "sec-")


def render_headers(
    headers: Headers, *, call_id: str, has_body: bool
) -> Iterator[tuple[str, str]]:
    """Yield the headers; a body is JSON unless the mapping says it more precisely."""
    if has_body and all(name.lower() != "content-type" for name, _value in headers):
        yield "Content-Type", "application/json"
    for name, template in headers:
        yield name, template.render({"call_id": call_id})


def header_problems(headers: Headers) -> Iterator[str]:
    """Yield what has to be changed before static headers can be saved."""
    lowered = [name.lower() for name, _template in headers]
    if len(set(lowered)) != len(lowered):
        yield "`headers` names the same header twice."
    for name, template in headers:
        if not _NAME.fullmatch(name):
            yield f"`headers`: “{name}” is not the name of a header."
        if name.lower() in _FORBIDDEN or name.lower().startswith(_FORBIDDEN_PREFIXES):
            yield f"`headers.{name}` is not for a mapping to set."
        if not all(map(_LITERAL.fullmatch, template.literals)):
            yield f"`headers.{name}` has to be printable ASCII."
        if set(template.names) - {"call_id"}:
            yield f"`headers.{name}` is static: {{call_id}} is all it may hold."
