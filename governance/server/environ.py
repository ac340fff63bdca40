"""A request as granian gives it, in the words of WSGI (PEP 3333)."""

import sys
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote

from governance.server.refused import Refused
from governance.server.rsgi import Scope

LINE_BYTES: Final = 4096

Environ = dict[str, Any]

_PROTOCOLS: Final = {"1": "HTTP/1.0", "1.0": "HTTP/1.0"}
_OF_THE_BODY: Final = {
    "content-type": "CONTENT_TYPE",
    "content-length": "CONTENT_LENGTH",
}

# What is read here and where its absence says something else than its value.  Without a
# cookie, a referer or what no code of ours looks at, nobody gets more than with it.
_READ: Final = frozenset(
    {
        *("authorization", "baggage", "host", "idempotency-key", "if-none-match"),
        *("origin", "sec-fetch-site", "traceparent", "tracestate", "transfer-encoding"),
        *("x-csrftoken", "x-request-id"),
    }
)
_READ_FAMILIES: Final = (
    *("accept", "content-", "mcp-", "sealwright-", "x-forwarded-", "x-slack-"),
)


def refuse_line(scope: Scope) -> None:
    """Raise Refused for a request line that is too long, and for TRACE."""
    if scope.method in {"TRACE", "CONNECT"}:
        raise Refused(405, f"{scope.method} is not for this server.")
    characters = len(scope.path) + len(scope.query_string)
    # The path comes decoded: one character of it may have been sent as twelve.
    if characters * 12 > LINE_BYTES and _line_bytes(scope) > LINE_BYTES:
        raise Refused(414, f"The request line is longer than {LINE_BYTES} bytes.")


def refuse_headers(scope: Scope) -> None:
    """Raise Refused for a header of ours that granian leaves out as beyond ASCII.

    Left out in silence, an ``Idempotency-Key`` would let a call run twice.
    """
    given = {name for name, _value in scope.headers.items()}
    left_out = set(scope.headers.keys()) - given
    if lost := {name for name in left_out if _is_read(name)}:
        raise Refused(400, f"The header {min(lost)} has characters beyond ASCII.")


def _is_read(name: str) -> bool:
    return name in _READ or name.startswith(_READ_FAMILIES)


def environ_of(scope: Scope, body: bytes) -> Environ:
    """Return the WSGI environment of a request whose body was read."""
    server, server_port = _address(scope.server)
    client, client_port = _address(scope.client)
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": _PROTOCOLS.get(scope.http_version, "HTTP/1.1"),
        "REMOTE_ADDR": client,
        "REMOTE_PORT": client_port,
        "CONTENT_LENGTH": str(len(body)),
        **_headers(scope.headers.items()),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _line_bytes(scope: Scope) -> int:
    query = len(scope.query_string) + 1 if scope.query_string else 0
    return len(f"{scope.method} {quote(scope.path)} HTTP/1.1") + query


def _headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name the headers as WSGI does; of several equal ones, join the values."""
    named: dict[str, str] = {}
    for name, value in headers:
        # "X_Forwarded_For" would pass for "X-Forwarded-For", which a proxy overwrites.
        if "_" in name or name == "transfer-encoding":
            continue
        key = _OF_THE_BODY.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        between = "; " if name == "cookie" else ","
        named[key] = f"{named[key]}{between}{value}" if key in named else value
    return named


def _address(text: str) -> tuple[str, str]:
    host, _, port = text.rpartition(":")
    return (host.strip("[]"), port) if port.isdigit() else (text, "")
