"""What of the arguments a quick eye would miss.  Pure.

A flag never blocks: it makes the reader look, and closes the quick channels.
"""

import enum
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from approvals.display.leaves import Leaf, leaves
from approvals.display.reviewable import needs_joiner
from approvals.display.rows import rows
from approvals.display.runs import Kind, visible
from approvals.display.skeleton import looks_like
from governance.arguments import JSON
from governance.schema.walk import Schema

_WORD: Final = re.compile(r"\w+")
_JOINERS: Final = frozenset("\u200c\u200d")
_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
# Letters by their category that belong to no script, or stand beside any.
_NEUTRAL: Final = frozenset({"MICRO", "FEMININE", "MASCULINE", "MODIFIER"})
_PADDED: Final = frozenset({Kind.SPACES, Kind.LINES})


class FlagKind(enum.StrEnum):
    """What is odd; the words for people are the page's."""

    ESCAPE = "escape"
    MIXED = "mixed"
    LOOKALIKE = "lookalike"
    NOT_NFC = "not_nfc"
    PADDING = "padding"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Flag:
    """One oddity of one value; ``like`` is what a look-alike looks like."""

    pointer: str
    kind: FlagKind
    like: str = ""


def flags(
    args: dict[str, JSON],
    schema: Schema,
    *,
    names: Collection[str] = (),
    approved: Mapping[str, Collection[str]] | None = None,
) -> list[Flag]:
    """Return what to look at, in the order of the arguments.

    ``names`` are the values of the sentence; ``approved`` holds, by pointer, values
    that people approved before for the same argument.
    """
    found: list[Flag] = []
    for leaf in leaves(args, schema):
        known = [*names, *(approved or {}).get(leaf.pointer, ())]
        found += (Flag(leaf.pointer, kind) for kind in _kinds(leaf))
        found += _lookalikes(leaf, known)
    folded = (row.pointer for row in rows(args, schema) if row.is_folded)
    return [*found, *(Flag(pointer, FlagKind.FOLD) for pointer in folded)]


def _kinds(leaf: Leaf) -> Iterator[FlagKind]:
    texts = [step for step in leaf.path if isinstance(step, str)]
    if isinstance(leaf.value, str):
        texts.append(leaf.value)
    tests = (
        (FlagKind.ESCAPE, _has_escape),
        (FlagKind.MIXED, _mixes_scripts),
        (FlagKind.NOT_NFC, _is_not_nfc),
        (FlagKind.PADDING, _is_padded),
    )
    return (kind for kind, test in tests if any(map(test, texts)))


def _lookalikes(leaf: Leaf, known: Iterable[str]) -> Iterator[Flag]:
    text = leaf.value
    if isinstance(text, str) and text not in (known := set(known)):
        alike = (other for other in sorted(known) if looks_like(text, other))
        yield from (Flag(leaf.pointer, FlagKind.LOOKALIKE, other) for other in alike)


def _has_escape(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return False
    shown = sum(run.kind is Kind.ESCAPE for run in visible(text))
    needed = sum(needs_joiner(text, at) for at, c in enumerate(text) if c in _JOINERS)
    return shown > needed


def _mixes_scripts(text: str) -> bool:
    return not text.isascii() and any(map(_is_mixed, _WORD.findall(text)))


def _is_mixed(word: str) -> bool:
    """Tell a word whose letters come from two scripts that are never written so.

    Latin beside Chinese, Japanese or Korean is ordinary writing without spaces.
    """
    if word.isascii():
        return False
    scripts = {_script(character) for character in word} - {""}
    if "FULLWIDTH" in scripts and any(c.isascii() and c.isalnum() for c in word):
        return True
    return len(scripts) > 1 and bool(scripts - _ASIAN - {"LATIN", "FULLWIDTH"})


def _script(character: str) -> str:
    name = unicodedata.name(character, "").partition(" ")[0]
    if name == "FULLWIDTH":
        return name
    is_letter = unicodedata.category(character).startswith("L")
    return name if is_letter and name not in _NEUTRAL else ""


def _is_not_nfc(text: str) -> bool:
    return not unicodedata.is_normalized("NFC", text)


def _is_padded(text: str) -> bool:
    return any(run.kind in _PADDED for run in visible(text))
