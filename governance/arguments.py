"""Strict JSON in, canonical bytes and digests out.  Pure.

Whatever comes from outside as JSON passes ``parse_json``, in this order: size,
UTF-8, depth and number of nodes on the text, then the parser with hooks that judge
numbers and names by their text.  No recursion is entered that a request could deepen.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, TypeAlias, cast

from rfc8785 import CanonicalizationError, dumps

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MAX_BYTES: Final = 262_144
MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
MAX_INTEGER: Final = 2**53 - 1
_MAX_DIGITS: Final = 16

# Possessive: a string that never ends costs one pass, not one for each of its bytes.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NOT_BRACKET: Final = re.compile(r"[^\[\]{}]++")
_EMPTY: Final = re.compile(r"\[\s*+\]|\{\s*+\}")
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
# An odd number of backslashes: "\\u0000" is a backslash and five characters.
_ESCAPED_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*+\\u0000")


class InvalidJson(ValueError):
    """Bytes that the strict door refuses; ``message`` never repeats them."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def parse_json(
    raw: bytes, *, max_bytes: int = MAX_BYTES, max_nodes: int = MAX_NODES
) -> dict[str, JSON]:
    """Parse one JSON object, strictly.

    ``1.0`` and ``1e0`` become the integer 1, as JSON Schema and canonical JSON see
    them, so that type, digest, scope and what is sent agree.  Raises InvalidJson.
    """
    if len(raw) > max_bytes:
        raise InvalidJson(f"The JSON text is longer than {max_bytes} bytes.")
    text = _text(raw)
    _refuse_bombs(text, max_nodes)
    value = _parse(text)
    if "\\u" in text:
        _refuse_unwritable(text, value)
    if not isinstance(value, dict):
        raise InvalidJson("The outermost JSON value has to be an object.")
    return value


def canonical(value: JSON) -> bytes:
    """Return the canonical bytes (RFC 8785).  Raises InvalidJson if there are none."""
    try:
        return _ENCODER.encode(value).encode() if _is_plain(value) else dumps(value)
    except (CanonicalizationError, UnicodeEncodeError) as error:
        raise InvalidJson("The value has no canonical form.") from error


def _is_plain(value: JSON) -> bool:
    """Tell whether the quick encoder writes just what RFC 8785 asks for.

    It does where no number is a float or too large and all names sort as ASCII.
    """
    if isinstance(value, str) or value is None:
        return True
    if isinstance(value, int):
        return -MAX_INTEGER <= value <= MAX_INTEGER
    if isinstance(value, dict):
        return all(map(_is_ascii, value)) and all(map(_is_plain, value.values()))
    return isinstance(value, list) and all(map(_is_plain, value))


def _is_ascii(name: object) -> bool:
    return isinstance(name, str) and name.isascii()


def args_digest(canonical_args: bytes) -> bytes:
    """Return the 32 bytes that bind canonical arguments."""
    return hashlib.sha256(b"sealwright/args/v1\0" + canonical_args).digest()


def summary_digest(summary: str) -> bytes:
    """Return the 32 bytes that bind the sentence that a person read."""
    return hashlib.sha256(b"sealwright/summary/v1\0" + summary.encode()).digest()


def digest_text(digest: bytes) -> str:
    """Write a SHA-256 digest as records and answers show it: ``sha256:<hex>``."""
    return f"sha256:{digest.hex()}"


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidJson("The JSON text is not UTF-8.") from error
    if text.startswith("\ufeff"):
        raise InvalidJson("The JSON text begins with a byte order mark.")
    return text


def _refuse_bombs(text: str, max_nodes: int) -> None:
    """Count depth and nodes on the text, strings skipped.

    Up to the first byte that the parser refuses, its strings are the ones skipped
    here; so what it enters has been counted.
    """
    bones = _STRING.sub('"', text)
    containers = bones.count("[") + bones.count("{")
    names = bones.count(":")
    values = 1 + bones.count(",") + containers - len(_EMPTY.findall(bones))
    if containers + names > max_nodes or values + names > max_nodes:
        raise InvalidJson(f"The JSON text has more than {max_nodes} values and names.")
    if _depth(_NOT_BRACKET.sub("", bones)) > MAX_DEPTH:
        raise InvalidJson(f"The JSON text is nested deeper than {MAX_DEPTH} levels.")


def _depth(brackets: Iterable[str]) -> int:
    return max(accumulate(map(_STEP.__getitem__, brackets), initial=0))


def _parse(text: str) -> JSON:
    try:
        return cast("JSON", _DECODER.decode(text))
    except json.JSONDecodeError as error:
        raise InvalidJson(
            f"The text is not JSON at line {error.lineno}, column {error.colno}."
        ) from error


def _object(members: list[tuple[str, JSON]]) -> dict[str, JSON]:
    # Names come unescaped: "a" and "\u0061" are the same member.
    unique = dict(members)
    if len(unique) != len(members):
        raise InvalidJson("An object has two members of the same name.")
    return unique


def _integer(text: str) -> int:
    # The digits first: int() takes quadratic time on a long text.
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise InvalidJson("An integer has more than 16 digits.")
    return _bounded(int(text))


def _number(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJson("A number is too large.")
    return _bounded(int(number)) if number.is_integer() else number


def _bounded(number: int) -> int:
    if abs(number) > MAX_INTEGER:
        raise InvalidJson("An integer is beyond 2^53-1, so it would not stay exact.")
    return number


def _constant(_name: str) -> JSON:
    raise InvalidJson("NaN and infinity are not JSON.")


def _refuse_unwritable(text: str, value: JSON) -> None:
    """Refuse what only an escape can bring in: NUL and lone surrogates."""
    if _ESCAPED_NUL.search(text):
        raise InvalidJson("A string holds the character NUL.")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidJson("A string holds half a surrogate pair.") from error


# A tenth of what the general implementation takes, which is Python throughout.
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
)
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_constant,
    strict=True,  # no bare control characters in strings
)
