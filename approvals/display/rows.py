"""The table of exact arguments: one row a leaf, long values and tables folded. Pure."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import rfc8785

from approvals.display.encoded import plain_text
from approvals.display.leaves import Leaf, leaves
from approvals.display.runs import Kind, Run, visible
from governance.arguments import JSON
from governance.schema.walk import Schema

MAX_CHARACTERS: Final = 1_000
MAX_LINES: Final = 20
MAX_ROWS: Final = 40

# What a folded value still shows: its first 400 and its last 200 characters, and of
# very short lines no more than these.
_HEAD: Final = (400, 12)
_TAIL: Final = (200, 6)


@dataclass(frozen=True, slots=True)
class Fold:
    """What is folded away in the middle of a value, and the value's own digest."""

    characters: int
    lines: int
    length: int
    sha256: str

    @property
    def bar(self) -> str:
        """Say how much is folded: ``12,310 more characters, 214 lines``."""
        lines = "line" if self.lines == 1 else "lines"
        return f"{self.characters:,} more characters, {self.lines:,} {lines}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it is shown: whole in ``head``, or head, fold and tail."""

    head: tuple[Run, ...]
    fold: Fold | None = None
    tail: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One leaf: where it is, what type it has, and every character of it."""

    pointer: str
    name: tuple[Run, ...]  # the pointer again, made visible
    type: str  # a word for people
    length: int | None  # characters, of text only
    shown: Shown
    decoded: Shown | None  # the text that an encoded text encodes
    added: bool  # by Sealwright, as a default
    write_only: bool  # stays out of mail, logs and exports

    @property
    def is_folded(self) -> bool:
        """Tell whether a character of it is not shown."""
        decoded = self.decoded and self.decoded.fold
        return self.shown.fold is not None or bool(decoded)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that are shown, and how many more there are."""

    rows: tuple[Row, ...]
    more: int

    @property
    def is_folded(self) -> bool:
        """Tell whether anything is not shown, so that nothing may be approved here."""
        return self.more > 0 or any(row.is_folded for row in self.rows)


def table(
    args: dict[str, JSON],
    schema: Schema,
    *,
    defaults_added: Collection[str] = (),
    full: bool = False,
) -> Table:
    """Return the table of ``args``, folded unless the full view is asked for."""
    found = rows(args, schema, defaults_added, full=full)
    shown = found if full else found[:MAX_ROWS]
    return Table(tuple(shown), len(found) - len(shown))


def rows(
    args: dict[str, JSON],
    schema: Schema,
    defaults_added: Collection[str] = (),
    *,
    full: bool = False,
) -> list[Row]:
    """Return a row for each leaf, in the order of ``args``.

    ``defaults_added`` holds the JSON pointers of what was filled in; what lies below
    one of them was filled in, too.
    """
    return [_row(leaf, defaults_added, full=full) for leaf in leaves(args, schema)]


def _row(leaf: Leaf, defaults_added: Collection[str], *, full: bool) -> Row:
    word, text = _written(leaf.value)
    is_text = isinstance(leaf.value, str)
    inner = plain_text(text) if is_text else None
    return Row(
        pointer=leaf.pointer,
        name=visible(leaf.pointer),
        type=word,
        length=len(text) if is_text else None,
        shown=_shown(text, full=full) if text else _nothing(word),
        decoded=None if inner is None else _shown(inner, full=full),
        added=_is_within(leaf.pointer, defaults_added),
        write_only=any(each is True for each in leaf.declares("writeOnly")),
    )


def _written(value: JSON) -> tuple[str, str]:
    """Return a word for the type, and the value as canonical JSON writes it."""
    match value:
        case str():
            return "text", value
        case bool():
            return "true or false", str(value).lower()
        case int() | float():
            is_whole = isinstance(value, int)
            return "whole number" if is_whole else "number", _canonical(value)
        case None:
            return "nothing", "null"
        case list():
            return "list", ""
        case dict():
            return "object", ""


def _canonical(number: float) -> str:
    return rfc8785.dumps(number).decode()


def _nothing(word: str) -> Shown:
    return Shown((Run(Kind.NOTE, f"empty {word}"),))


def _shown(text: str, *, full: bool) -> Shown:
    is_long = len(text) > MAX_CHARACTERS or text.count("\n") >= MAX_LINES
    head = _start(text, *_HEAD)
    tail = _start(text[::-1], *_TAIL)[::-1]
    hidden = text[len(head) : len(text) - len(tail)]
    if full or not is_long or not hidden:
        return Shown(visible(text))
    digest = hashlib.sha256(text.encode()).hexdigest()
    fold = Fold(len(hidden), hidden.count("\n") + 1, len(text), digest)
    return Shown(visible(head), fold, visible(tail))


def _start(text: str, characters: int, lines: int) -> str:
    start = text[:characters].split("\n", lines)
    return "\n".join([*start[:lines], ""] if len(start) > lines else start)


def _is_within(pointer: str, defaults_added: Collection[str]) -> bool:
    return any(
        pointer == added or pointer.startswith(f"{added}/") for added in defaults_added
    )
