"""Take secrets out of whatever leaves. Pure.

Known secrets are found in every form that a backend or a library is likely to write
them in, unknown ones by patterns.  Each pattern either takes all that follows its first
characters or gives up within a few of them, so time is linear in the text.
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final
from urllib.parse import quote, quote_plus

MIN_SECRET_CHARACTERS: Final = 8  # a shorter one would be found in innocent text

_KNOWN: Final = "[redacted:credential]"
_MARK: Final = re.compile(r"\[redacted:[a-z-]{1,20}\]")
_MARK_LAST: Final = re.compile(r"\[redacted:[a-z-]{1,20}\]\Z")
_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")

# A name and its value: up to the quote that opened it (however deeply the quotes are
# escaped), or a word, or of a header the rest of the line.
_NAMED: Final = re.compile(
    r"""(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key
        |x-amz-signature|(?P<header>authorization|cookie))
    \\{0,7}["']?\s{0,8}(?:[:=]|,(?=\s{0,8}b?\\{0,7}["']))\s{0,8}(?:b(?=\\{0,7}["']))?
    (?:(?P<quote>\\{0,7}["'])(?P<quoted>(?:(?!(?<!\\)(?P=quote)).)*+)
      |(?P<bare>(?(header)[^\r\n"'\\]++
                |(?:(?:bearer|basic|token)\s{1,8})?+[^\s"'\\&,;<>(){}\[\]]++)))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL | re.ASCII,
)
_JWT: Final = r"eyJ[\w-]++(?P<rest>\.eyJ[\w-]*+(?:\.[\w-]*+){0,3})?+"
_PEM: Final = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r".*?(?:-----END [A-Z0-9 ]{0,60}-----|\Z)"
)

# What a group `kept` matches stays; a group `rest` has to be there.
_PATTERNS: Final = tuple(
    (f"[redacted:{label}]", re.compile(pattern, re.DOTALL | re.ASCII))
    for label, pattern in (
        # The name before the colon is none of our marks, which hold a colon, too.
        ("url", r"(?P<kept>://(?:(?!\[redacted:)[^\s/:@])*+:)[^\s/@]++(?=@)"),
        ("key", r"swk_[A-Za-z0-9]++_[\w-]{16,}+"),
        ("github", r"ghs_[\w.-]{20,}+|gh[pour]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+"),
        ("aws", r"(?:AKIA|ASIA)[A-Z0-9]{16}"),
        ("vault", r"hv[sbr]\.[\w-]{20,}+"),
        ("slack", r"(?:xox[abeprs]-|xapp-)[A-Za-z0-9-]{10,}+"),
        ("slack", r"hooks\.slack\.com/services/[\w/-]++"),
        ("gitlab", r"glpat-[\w.-]{20,}+"),
        ("google", r"AIza[\w-]{35}|ya29\.[\w.-]{10,}+"),
        ("stripe", r"[rs]k_live_[A-Za-z0-9]{10,}+"),
        ("npm", r"npm_[A-Za-z0-9]{36}"),
        ("jwt", _JWT),
        (
            "authorization",
            r"(?P<kept>(?i:bearer|basic|token)\s{1,8})[\w.~+/=:-]{16,}+",
        ),
    )
)
_PRIVATE_KEY: Final = re.compile(_PEM, re.DOTALL)


def redact_known(data: bytes, secrets: Iterable[str]) -> bytes:
    """Replace these very secrets and nothing else: what the agent gets is not guessed.

    On bytes, before parsing, and in whatever encoding they stand there.
    """
    known = tuple(secrets)
    for form in _forms(known):
        data = data.replace(form.encode(), _KNOWN.encode())
    if b"\\u" in data:
        for pattern in _escaped(known):
            data = pattern.sub(_KNOWN.encode(), data)
    return data


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace these secrets and all that looks like one."""
    return redact_counted(text, secrets)[0]


def redact_counted(text: str, secrets: Iterable[str] = ()) -> tuple[str, int]:
    """Redact, and also answer how many places were replaced."""
    count = 0
    for form in _forms(secrets):
        count += text.count(form)
        text = text.replace(form, _KNOWN)
    # Keys first: a name before one would take its first word and leave the rest.
    text, keys = _PRIVATE_KEY.subn("[redacted:private-key]", text)
    text, named = _replaced(_NAMED, text, _without_value)
    count += keys + named
    for mark, pattern in _PATTERNS:
        text, found = _replaced(pattern, text, _marked_as(mark))
        count += found
    return text, count


def _replaced(
    pattern: re.Pattern[str],
    text: str,
    replacement: Callable[[re.Match[str]], str | None],
) -> tuple[str, int]:
    """Replace each match for which ``replacement`` has an answer, and count those."""
    if pattern.search(text) is None:
        return text, 0
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        answer = replacement(match)
        count += answer is not None
        return match[0] if answer is None else answer

    return pattern.sub(replace, text), count


def _without_value(match: re.Match[str]) -> str | None:
    group = "quoted" if match["quote"] else "bare"
    if not match[group] or _MARK.fullmatch(match[group]):
        return None
    return match[0][: match.start(group) - match.start()] + "[redacted:named]"


@cache
def _marked_as(mark: str) -> Callable[[re.Match[str]], str | None]:
    def replacement(match: re.Match[str]) -> str | None:
        groups = match.groupdict()
        # A mark of ours has a colon, too: "user:password" is not to be read into it.
        if groups.get("rest", "") is None or _MARK_LAST.search(match[0]):
            return None
        return groups.get("kept", "") + mark

    return replacement


def _forms(secrets: Iterable[str]) -> list[str]:
    """Return every text to look for, longest first: a form may lie within another."""
    forms = {
        form
        for secret in secrets
        for part in _parts(secret)
        for form in (*_written(part), *_base64(part.encode()))
    }
    return sorted(forms, key=len, reverse=True)


def _parts(secret: str) -> Iterator[str]:
    """Yield the secret and, of ``user:password``, the password by itself."""
    _, _, password = secret.partition(":")
    return (part for part in (secret, password) if len(part) >= MIN_SECRET_CHARACTERS)


def _written(secret: str) -> Iterator[str]:
    yield secret
    for escaped in (_json(secret), _json(secret, ascii_only=True)):
        yield from (escaped, _json(escaped), escaped.replace("/", r"\/"))
    yield from (html.escape(secret), html.escape(secret, quote=False))
    for percent in _percent(secret):
        yield percent
        yield _ESCAPE.sub(lambda escape: escape[0].lower(), percent)
    yield secret.encode().hex()
    yield secret.encode().hex().upper()


def _percent(secret: str) -> Iterator[str]:
    """Yield what the usual languages make of it: each spares other characters."""
    for spared in ("/", "", "!'()*", ";,/?:@&=+$!'()*#"):  # the last two: JavaScript's
        yield quote(secret, safe=spared)
    yield quote_plus(secret)
    yield quote_plus(secret, safe="*").replace("~", "%7E")  # Java's


def _escaped(secrets: Iterable[str]) -> Iterator[re.Pattern[bytes]]:
    """Yield what finds secrets of which JSON has escaped some characters or all.

    Which ones is the writer's affair: some escape ``+``, some ``=``, ``&`` or ``<``.
    """
    for part in sorted({p for s in secrets for p in _parts(s)}, key=len, reverse=True):
        yield re.compile(b"".join(map(_or_escaped, part)))


def _or_escaped(character: str) -> bytes:
    units = character.encode("utf-16-be").hex()
    code = "".join(rf"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    short = _json(character)
    forms = {re.escape(character), re.escape(short), rf"(?i:{code})"}
    solidus = {r"\\/"} if character == "/" else set()
    return f"(?:{'|'.join(sorted(forms | solidus))})".encode()


def _json(text: str, *, ascii_only: bool = False) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _base64(secret: bytes) -> Iterator[str]:
    """Yield what base64 makes of the secret wherever it stands in a longer text.

    Three offsets, both alphabets; with the last character if the text ends there, and
    without those that also hold bits of a neighbour.
    """
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret).decode().rstrip("=")
        own = whole[-(-before * 8 // 6) :]  # the rest is coloured by what stands before
        for form in (own, own[: -1 if (before + len(secret)) % 3 else None]):
            yield form
            yield form.translate(_URL_SAFE)


_URL_SAFE: Final = str.maketrans("+/", "-_")
