"""One request and one answer of the demo remote."""

import hashlib
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

CREDENTIALS = ("authorization", "proxy-authorization", "x-api-key", "cookie")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; header names are in lower case."""

    at: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def segments(self) -> list[str]:
        """The decoded segments of the path."""
        return [unquote(segment) for segment in self.path.split("/")[1:]]

    @property
    def query(self) -> dict[str, object]:
        """The query; a parameter that came more than once is a list."""
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {
            name: all_[0] if len(all_) == 1 else all_ for name, all_ in pairs.items()
        }

    @property
    def credential(self) -> str:
        """The credential without its scheme; empty where none came."""
        carried = self.headers.get("authorization", "")
        return _without_scheme(carried) or self.headers.get("x-api-key", "")

    def content(self) -> object:
        """Return the body: a JSON value, text, or None where there was none."""
        if not self.body:
            return None
        try:
            value: object = json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")
        return value

    def shown(self, *, openly: bool = False) -> dict[str, object]:
        """Return the request for the ledger, or ``openly`` for an echo."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": dict(self.headers) if openly else _without_secrets(self.headers),
            "body": self.content(),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON value, or bytes that are not to be touched."""

    status: int
    value: object
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the answer as it goes over the wire (RFC 9112)."""
        body = (
            b""
            if self.status == _NO_CONTENT
            else json.dumps(self.value, separators=(",", ":")).encode()
        )
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **self.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        phrase = HTTPStatus(self.status).phrase if self.status in _KNOWN else "Unknown"
        return (
            f"HTTP/1.1 {self.status} {phrase}\r\n{lines}\r\n".encode("latin-1") + body
        )


_NO_CONTENT = 204
_KNOWN = frozenset(map(int, HTTPStatus))


def _without_secrets(headers: dict[str, str]) -> dict[str, str]:
    return {
        name: _digest(value) if name in CREDENTIALS else value
        for name, value in headers.items()
    }


def _digest(value: str) -> str:
    whole = hashlib.sha256(_without_scheme(value).encode()).hexdigest()
    return f"sha256:{whole[:16]}"


def _without_scheme(value: str) -> str:
    return value.rpartition(" ")[2]
