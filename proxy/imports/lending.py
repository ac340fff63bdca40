"""The credential in a curl command, and which headers are none.  Pure."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from audit.redaction import redact
from governance.imports import SourceRefused
from governance.refusals.lanes import SCHEMES
from proxy.imports.options import Options
from proxy.imports.shell import MARK

# What a browser or curl adds, or the transport decides.
_NOISE: Final = re.compile(
    r"(?i:accept-encoding|accept-language|cache-control|connection|content-length"
    r"|dnt|origin|pragma|priority|referer|te|user-agent|sec-.*|upgrade-.*"
    r"|x-requested-with|traceparent|tracestate|baggage)"
)
_KEPT: Final = re.compile(r"(?i:accept|content-type|prefer|[a-z0-9-]*version)")
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9 .,;:=*/+_-]{1,100}")
_SECRET_NAME: Final = re.compile(
    r"(?i:.*(?:auth|token|secret|passw|credential|session|signature).*"
    r"|.*(?:^|[-_])(?:api)?[-_]?key)"
)
_KEYS: Final = re.compile(r"(?i:idempotency-key|x-idempotency-key|x-request-id)")
_PLACEHOLDER: Final = re.compile(
    r"<[^<>]*>|\$\{?\w+\}?|\{[^{}]*\}|\[[^\[\]]*\]|(?i:x{3,}|\.{3}|\*{3,}|your[-_ ].*"
    r"|.*[-_]here|token|secret|api[-_]?key)"
)


@dataclass(frozen=True, slots=True)
class Lent:
    """Where the credential goes, and what it is; empty where the command has none."""

    placement: dict[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)


@dataclass(slots=True)
class Headers:
    """The headers of a command, sorted."""

    static: dict[str, str] = field(default_factory=dict)
    secret: list[tuple[str, str]] = field(default_factory=list, repr=False)
    notes: list[str] = field(default_factory=list)

    @property
    def content_type(self) -> str:
        """The media type that the body was said to have."""
        named = {name.lower(): value for name, value in self.static.items()}
        return named.get("content-type", "")


def headers_of(options: Options) -> Headers:
    """Sort the headers.  Raises SourceRefused, with no value in it."""
    headers = Headers()
    for line in options.headers:
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) or not colon:
            raise SourceRefused("A header is not written as “Name: value”.")
        _sort(name, value, headers)
    return headers


def _sort(name: str, value: str, headers: Headers) -> None:
    lowered = name.lower()
    if lowered == "cookie":
        raise SourceRefused(
            "Cookies are a person's session, not a credential for a program."
        )
    if lowered == "host":
        raise SourceRefused("A Host header names another destination than the URL.")
    if _KEYS.fullmatch(name):
        headers.static[name] = "{call_id}"
    elif _SECRET_NAME.fullmatch(name):
        headers.secret.append((name, value))
    elif (
        _KEPT.fullmatch(name)
        and _PLAIN_VALUE.fullmatch(value)
        and redact(value) == value
    ):
        headers.static[name] = value
    elif not _NOISE.fullmatch(name):
        # It may be a secret under a name that we do not know: it goes nowhere.
        headers.notes.append(
            f"The header {name} was left out. If it is needed and no secret, write it"
            " into `headers`."
        )


def lent_by(options: Options, headers: Headers) -> Lent:
    """Return the one credential of a command.  Raises SourceRefused."""
    found = [_from_header(name, value) for name, value in headers.secret]
    if options.user is not None:
        found.append(Lent(_scheme("Basic"), _known(options.user)))
    if options.bearer is not None:
        found.append(Lent(_scheme("Bearer"), _known(options.bearer)))
    if len(found) > 1:
        raise SourceRefused(
            f"It holds {len(found)} credentials{_named(headers)}. A lane lends one."
        )
    return found[0] if found else Lent()


def _named(headers: Headers) -> str:
    names = ", ".join(name for name, _value in headers.secret)
    return f" ({names})" if names else ""


def _from_header(name: str, value: str) -> Lent:
    if name.lower() != "authorization":
        return Lent({"in": "header", "name": name}, _known(value))
    said, _, rest = value.partition(" ")
    scheme = next((each for each in SCHEMES if each.lower() == said.lower()), None)
    if scheme is None or not rest.strip():
        if said.upper().startswith("AWS4-") or said.lower() in ("digest", "negotiate"):
            raise SourceRefused(
                "Its Authorization is a signature of this one request, and worth"
                " nothing for another."
            )
        return Lent({"in": "header", "name": name}, _known(value))
    secret = _known(rest.strip())
    is_basic = scheme == "Basic" and secret
    return Lent(_scheme(scheme), _decoded(secret) if is_basic else secret)


def _scheme(scheme: str) -> dict[str, str]:
    return {"in": "authorization", "scheme": scheme}


def _known(value: str) -> str:
    """Return a secret, or nothing for what only stands for one."""
    words = value.split(":", 1)
    stands = MARK.search(value) or any(map(_PLACEHOLDER.fullmatch, words))
    return "" if stands else value


def _decoded(secret: str) -> str:
    try:
        return base64.b64decode(secret, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise SourceRefused("What follows “Basic” is not base64 of ASCII.") from None
