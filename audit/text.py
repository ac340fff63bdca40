"""Text and small structures made fit for a record.  Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from audit.leaf import Json, canonical

TEXT_CHARACTERS: Final = 2000
SUMMARY_CHARACTERS: Final = 4000
NAME_CHARACTERS: Final = 200
# Of what is in the index of the search, whose rows may hold 2,700 bytes in all.
INDEXED_CHARACTERS: Final = 80
DETAIL_BYTES: Final = 4096

# PostgreSQL holds no NUL, UTF-8 no lone surrogate.
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def capped(text: str, characters: int) -> str:
    """Return the text as it can be stored, cut with a visible mark if too long."""
    if len(text) > characters:
        text = f"{text[:characters]}… [cut, {len(text):,} characters in all]"
    return _UNSTORABLE.sub("\ufffd", text)


def instant(at: datetime) -> str:
    """Return RFC 3339 in UTC, always with six decimals."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: object, *, clean: Callable[[str], str]) -> Json:
    """Return a value as a leaf may hold it: no nulls, no floats, ASCII names.

    Raises TypeError for anything else: a mistake in the program.
    """
    match value:
        case str():
            return capped(clean(value), TEXT_CHARACTERS)
        case bool() | int():
            return value
        case datetime():
            return instant(value)
        case Mapping():
            members = ((k, v) for k, v in value.items() if v is not None)
            return {_name(key): plain(member, clean=clean) for key, member in members}
        case list() | tuple() | set() | frozenset():
            return [plain(each, clean=clean) for each in value if each is not None]
    raise TypeError(f"A record can't hold a {type(value).__name__}.")


def _name(key: object) -> str:
    if isinstance(key, str) and key.isascii():
        return capped(key, NAME_CHARACTERS)
    raise TypeError("Names of members in a record are ASCII text.")


def fitting(detail: Mapping[str, Json]) -> dict[str, Json]:
    """Return the detail, with members left out from the end until it fits.

    What was left out is said under ``cut``, so that nobody takes a part for the whole.
    """
    size = len(canonical(dict(detail)).encode())
    if size <= DETAIL_BYTES:
        return dict(detail)
    kept: dict[str, Json] = {"cut": f"{size:,} bytes in all"}
    for key, member in detail.items():
        if len(canonical({**kept, key: member}).encode()) <= DETAIL_BYTES:
            kept[key] = member
    return kept
