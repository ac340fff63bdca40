"""A curl command as a draft of a route.  Pure.

It may hold a secret, so nothing of it is repeated: not in a sentence, a note, a
definition or an exception.
"""

import re
from typing import Any, Final
from urllib.parse import quote, urlencode

from audit.redaction import redact
from governance.arguments import JSON, InvalidJson, parse_json
from governance.egress.urls import Destination, UrlRefused, parse_url
from governance.imports import (
    Command,
    Proposal,
    SourceRefused,
    definition_digest,
    snake,
)
from governance.mapping.http import METHODS
from proxy.imports.guessing import (
    Guess,
    body_guess,
    path_guess,
    query_guess,
    scope_guess,
)
from proxy.imports.lending import Headers, Lent, headers_of, lent_by
from proxy.imports.options import Options, options_of
from proxy.imports.shell import MARK, words_of

_DOMAIN: Final = b"sealwright/curl/v1"
_URL: Final = re.compile(
    r"(?P<origin>https?://[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_GLOB: Final = re.compile(r"\{[^{}]*,[^{}]*\}|\[[^\[\]]*-[^\[\]]*\]")
_JSON: Final = re.compile(r"application/(?:[^;\s/]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_IN_ADDRESS: Final = (
    "The URL holds a credential. Sealwright lends credentials in headers only: an"
    " address is logged everywhere."
)
_VERBS: Final = {"GET": "get", "POST": "create", "PUT": "set", "PATCH": "change"}
_RISKS: Final = {"GET": "read", "DELETE": "privileged"}
_STRICT: Final = {
    "separation": "strict",
    "decide_within_seconds": 3600,
    "execute_within_seconds": 900,
}


def read_curl(text: str) -> Command:
    """Return what a command asks for.  Raises SourceRefused."""
    options = options_of(words_of(text))
    origin, path, query = _address(options)
    headers = headers_of(options)
    lent = lent_by(options, headers)
    method = _method(options)
    guess = Guess()
    mapping: dict[str, Any] = {"method": method, "path": path_guess(path, guess)}
    if mapped := query_guess(_joined_query(query, options), guess):
        mapping["query"] = mapped
    if headers.static:
        mapping["headers"] = headers.static
    if options.data and not options.is_get:
        mapping["body"] = body_guess(_body(options, headers), guess)
    proposal = _proposal(mapping, guess, notes=_notes(options, headers, lent))
    return Command(
        origin=origin.origin,
        host=origin.host,
        proposal=proposal,
        placement=lent.placement,
        secret=lent.secret,
    )


def _address(options: Options) -> tuple[Destination, str, str]:
    """Return origin, path and query of the one URL."""
    if len(options.urls) != 1:
        raise SourceRefused(
            f"It has {len(options.urls)} URLs; a route is for one."
            if options.urls
            else "It has no URL."
        )
    url = options.urls[0]
    if not _SCHEME.match(url):
        raise SourceRefused("Write the URL with https:// in front.")
    parts = _URL.match(url)
    if parts is None:
        raise SourceRefused("Only http and https are spoken.")
    if MARK.search(parts["origin"]) or not parts["origin"].isascii():
        raise SourceRefused("Write the host out, without a variable.")
    if _GLOB.search(parts["path"]):
        raise SourceRefused("It names several URLs at once; a route is for one.")
    try:
        origin = parse_url(parts["origin"])
    except UrlRefused as error:
        raise SourceRefused(f"The URL can't be a backend's. {error}") from None
    if redact(url) != url:
        raise SourceRefused(_IN_ADDRESS)
    return origin, parts["path"], parts["query"] or ""


def _method(options: Options) -> str:
    sent = "POST" if options.data and not options.is_get else "GET"
    method = options.method or sent
    if method not in METHODS:
        raise SourceRefused(f"The method has to be one of {', '.join(METHODS)}.")
    if method == "GET" and sent == "POST":
        raise SourceRefused("A GET has no body. Use -G to put the data into the query.")
    return method


def _joined_query(query: str, options: Options) -> str:
    asked = [query, *map(_added, options.query)]
    if options.is_get:
        asked += map(_encoded, options.data) if options.is_encoded else options.data
    return "&".join(part for part in asked if part)


def _added(text: str) -> str:
    return text[1:] if text.startswith("+") else _encoded(text)


def _encoded(text: str) -> str:
    name, equals, value = text.partition("=")
    if not equals:
        return quote(name, safe="\ue000\ue001")
    return urlencode({name: value}, safe="\ue000\ue001")


def _body(options: Options, headers: Headers) -> JSON:
    said = headers.content_type
    raw = ("" if options.is_json else "&").join(options.data)
    body = _parsed(MARK.sub(_variable, raw))
    is_json = options.is_json or _JSON.fullmatch(said)
    if body is not None and (is_json or not said) and not options.is_encoded:
        return body["body"]
    if is_json:
        raise SourceRefused("Its body is no strict JSON, so it can't be read.")
    raise SourceRefused(
        "Its body is a form or a text. Sealwright sends JSON only: see whether the"
        " system takes JSON, too."
    )


def _variable(mark: re.Match[str]) -> str:
    return f"${mark[1]}"


def _parsed(raw: str) -> dict[str, JSON] | None:
    """Return what stands for the body, wrapped; None if it is no JSON.

    A form such as ``a=1`` is none either, and a bare word or number is no body.
    """
    if not raw.lstrip().startswith(("{", "[")):
        return None
    # A variable outside of quotes stands for any value: a text will do.
    bare = re.sub(r"([:,\[]\s*)\$(\w+)(?=\s*[,}\]])", r'\1"$\2"', raw)
    try:
        wrapped = parse_json(f'{{"body":{bare}}}'.encode())
    except InvalidJson:
        return None
    return wrapped if len(wrapped) == 1 else None


def _notes(options: Options, headers: Headers, lent: Lent) -> list[str]:
    notes = [*options.notes, *headers.notes]
    if lent.placement and not lent.secret:
        notes.append("The command has a name instead of a credential: set the lane's.")
    return notes


def _proposal(mapping: dict[str, Any], guess: Guess, *, notes: list[str]) -> Proposal:
    method, path = mapping["method"], mapping["path"]
    definition = {"mapping": mapping, "arguments": guess.schema()}
    risk = _RISKS.get(method, "write")
    key = f"{method} {path}"
    return Proposal(
        key=key[:500],
        digest=definition_digest(_DOMAIN, definition),
        definition=definition,
        tool=_spelled(method, path),
        fields={
            "title": _title(method, path),
            "risk": risk,
            "approval_rule": "required",
            **(_STRICT if risk == "privileged" else {}),
            "arguments_schema": guess.schema(),
            "scope_template": scope_guess(path),
            "summary_template": key[:1000],
            "mapping": mapping,
        },
        notes=tuple(notes),
    )


def _literals(path: str) -> list[str]:
    return [step for step in path.split("/") if step and not step.startswith("{")]


def _spelled(method: str, path: str) -> str:
    verb = _VERBS.get(method, "delete")
    return snake("_".join([verb, *_literals(path)[-2:]]))[:40]


def _title(method: str, path: str) -> str:
    words = " ".join(_literals(path)[-2:]).replace("-", " ").replace("_", " ")
    return f"{_VERBS.get(method, 'delete').capitalize()} {words}".strip()[:120]
