"""The options of a curl command: what is taken, left out or refused.  Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from governance.imports import SourceRefused
from proxy.imports.shell import MARK

# Taken; each has a value.
_TAKEN: Final = {
    "-X": "request", "--request": "request",
    "-H": "header", "--header": "header",
    "-d": "data", "--data": "data", "--data-ascii": "data", "--data-binary": "data",
    "--data-raw": "raw", "--data-urlencode": "encoded", "--json": "json",
    "-u": "user", "--user": "user", "--oauth2-bearer": "bearer",
    "--url": "url", "--url-query": "query",
}  # fmt: skip
# Left out: how curl talks and prints, not what it asks for.
_FLAGS: Final = frozenset(
    """
    -s -S -v -i -f -N -# -g -j -O -J -R -0 -4 -6 -L -k -q --silent --show-error
    --verbose --include --fail --fail-with-body --no-buffer --progress-bar --globoff
    --remote-name --compressed --location --insecure --basic --http1.0 --http1.1
    --http2 --http2-prior-knowledge --ipv4 --ipv6 --tlsv1.2 --tlsv1.3 --no-keepalive
    --path-as-is --retry-all-errors --retry-connrefused --no-progress-meter
    """.split()  # noqa: SIM905 - a list of lines, not of characters
)
_VALUES: Final = frozenset(
    """
    -o -m -w -A -e --output --max-time --connect-timeout --retry --retry-delay
    --retry-max-time --write-out --user-agent --referer --max-redirs --stderr
    --dump-header -D --max-filesize --limit-rate --keepalive-time
    """.split()  # noqa: SIM905 - a list of lines, not of characters
)
_COOKIE: Final = "Cookies are a person's session, not a credential for a program."
_FILE: Final = "It needs a file of your machine, which Sealwright has not."
_ROUTED: Final = "It sends the request somewhere else than its URL says."
_SECOND: Final = "Paste one request: --next begins another one."
_SIGNED: Final = "It signs each request in a way that a stored credential can't."
_REFUSED: Final = {
    **dict.fromkeys(("-b", "--cookie", "-c", "--cookie-jar"), _COOKIE),
    **dict.fromkeys(("-F", "--form", "--form-string", "-T", "--upload-file"), _FILE),
    **dict.fromkeys(("-K", "--config", "-n", "--netrc", "--netrc-file"), _FILE),
    **dict.fromkeys(("-E", "--cert", "--key", "--cacert", "--netrc-optional"), _FILE),
    **dict.fromkeys(("-x", "--proxy", "--resolve", "--connect-to"), _ROUTED),
    **dict.fromkeys(("--socks5", "--socks5-hostname", "--unix-socket"), _ROUTED),
    **dict.fromkeys(("--preproxy", "--interface", "--doh-url", "--haproxy-protocol"),
                    _ROUTED),
    **dict.fromkeys(("-:", "--next"), _SECOND),
    **dict.fromkeys(("--digest", "--ntlm", "--negotiate", "--aws-sigv4"), _SIGNED),
    **dict.fromkeys(("-I", "--head"), "A HEAD request has no answer to give an agent."),
}  # fmt: skip
_GET: Final = ("-G", "--get")
_NOTES: Final = {
    **dict.fromkeys(("-k", "--insecure"), "-k was left out: certificates are checked."),
    **dict.fromkeys(("-L", "--location"), "-L was left out: nothing is followed."),
}
_SHOWABLE: Final = re.compile(r"--?[A-Za-z0-9.-]{1,30}")


@dataclass(slots=True)
class Options:
    """What a command says, by option; nothing is read into it yet."""

    method: str = ""
    urls: list[str] = field(default_factory=list, repr=False)
    headers: list[str] = field(default_factory=list, repr=False)
    data: list[str] = field(default_factory=list, repr=False)
    query: list[str] = field(default_factory=list, repr=False)
    user: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    is_json: bool = False
    is_encoded: bool = False
    is_get: bool = False
    notes: list[str] = field(default_factory=list)


def options_of(words: list[str]) -> Options:
    """Sort the words of a command.  Raises SourceRefused."""
    if not words or words[0].rpartition("/")[2] not in ("curl", "curl.exe"):
        raise SourceRefused("Paste a command that begins with curl.")
    options = Options()
    for option, value in _pairs(words[1:]):
        if option in _REFUSED:
            raise SourceRefused(f"{option}: {_REFUSED[option]}")
        if option in _NOTES:
            options.notes.append(_NOTES[option])
        elif option in _GET:
            options.is_get = True
        elif option in _TAKEN:
            _take(options, _TAKEN[option], value, option)
    return options


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value, if it has one; a bare word is a URL."""
    left = list(reversed(words))
    while left:
        word = left.pop()
        if not word.startswith("-") or word == "-":
            yield "--url", word
        elif word.startswith("--"):
            yield word, _value(word, left)
        else:
            yield from _short(word, left)


def _short(word: str, left: list[str]) -> Iterator[tuple[str, str]]:
    """Take ``-sSXPOST`` apart."""
    letters = word[1:]
    while letters:
        option, letters = f"-{letters[0]}", letters[1:]
        if letters and (option in _TAKEN or option in _VALUES):
            yield option, letters
            return
        yield option, _value(option, left)


def _value(option: str, left: list[str]) -> str:
    if option in _FLAGS or option in _GET or option in _REFUSED:
        return ""
    if option not in _TAKEN and option not in _VALUES:
        shown = option if _SHOWABLE.fullmatch(option) else "An option"
        raise SourceRefused(f"{shown} is not understood here. Leave it out.")
    if not left:
        raise SourceRefused(f"{option} has no value.")
    return left.pop()


def _take(options: Options, kind: str, value: str, option: str) -> None:
    if kind in ("data", "json", "header") and value.startswith("@"):
        raise SourceRefused(f"{option} @…: {_FILE}")
    # What begins with a plus is taken as it stands (curl's manual, --url-query).
    is_coded = kind == "encoded" or (kind == "query" and not value.startswith("+"))
    if is_coded and "@" in value.partition("=")[0]:
        raise SourceRefused(f"{option} @…: {_FILE}")
    if kind == "user" and ":" not in value and not MARK.search(value):
        raise SourceRefused(f"{option} has no password: curl would ask for one.")
    match kind:
        case "request":
            options.method = value.upper()
        case "header":
            options.headers.append(value)
        case "user":
            options.user = value
        case "bearer":
            options.bearer = value
        case "url":
            options.urls.append(value)
        case "query":
            options.query.append(value)
        case _:
            options.data.append(value)
            options.is_json = options.is_json or kind == "json"
            options.is_encoded = options.is_encoded or kind == "encoded"
