"""Two argument objects: what changed between them, every character visible.  Pure."""

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from approvals.display.leaves import leaves
from approvals.display.rows import Row, rows
from approvals.display.runs import Kind, Run, visible
from governance.arguments import JSON
from governance.schema.walk import Schema

# Beyond this both values are shown one after the other, folded: comparing word by word
# takes the square of them.
MAX_TOKENS: Final = 400
_TOKEN: Final = re.compile(r"\w+|\s+|.", re.DOTALL)


class Change(enum.StrEnum):
    """What became of one value."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs of a changed text that stayed, came or went."""

    change: Change
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One pointer; ``before`` and ``after`` are rows of the two argument tables.

    ``stretches`` is empty where a value is no text, or too long to compare by words.
    """

    change: Change
    before: Row | None
    after: Row | None
    stretches: tuple[Stretch, ...] = ()

    @property
    def name(self) -> tuple[Run, ...]:
        """Its pointer, made visible."""
        row = self.after or self.before
        return row.name if row else ()


def difference(
    before: dict[str, JSON], after: dict[str, JSON], *, was: Schema, now: Schema
) -> list[Line]:
    """Return a line for each pointer, in the order of ``after``; removed ones last.

    Each object is read by its own version's schema.
    """
    old, new = _table(before, was), _table(after, now)
    lines = [_line(old.get(pointer), entry) for pointer, entry in new.items()]
    gone = (row for pointer, (row, _) in old.items() if pointer not in new)
    return [*lines, *(Line(Change.REMOVED, row, None) for row in gone)]


def changes(lines: Sequence[Line]) -> list[Line]:
    """Return what is not the same."""
    return [line for line in lines if line.change is not Change.SAME]


_Entry = tuple[Row, JSON]


def _table(args: dict[str, JSON], schema: Schema) -> dict[str, _Entry]:
    values = (leaf.value for leaf in leaves(args, schema))
    shown = zip(rows(args, schema), values, strict=True)
    return {row.pointer: (row, value) for row, value in shown}


def _line(old: _Entry | None, new: _Entry) -> Line:
    row, value = new
    if old is None:
        return Line(Change.ADDED, None, row)
    before, was = old
    # 1 and True, 1 and 1.0 are equal to Python, and not to who reads them.
    if (before.type, was) == (row.type, value):
        return Line(Change.SAME, before, row)
    return Line(Change.CHANGED, before, row, _stretches(was, value))


def _stretches(was: JSON, value: JSON) -> tuple[Stretch, ...]:
    if not isinstance(was, str) or not isinstance(value, str):
        return ()
    old, new = _tokens(was), _tokens(value)
    if not old or not new or max(len(old), len(new)) > MAX_TOKENS:
        return ()
    return tuple(_compared(old, new))


def _compared(old: list[Run], new: list[Run]) -> Iterator[Stretch]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Stretch(Change.SAME, tuple(new[c:d]))
            continue
        if b > a:
            yield Stretch(Change.REMOVED, tuple(old[a:b]))
        if d > c:
            yield Stretch(Change.ADDED, tuple(new[c:d]))


def _tokens(text: str) -> list[Run]:
    """Return the runs of a text, its words apart, so that words are compared."""
    if len(text) > MAX_TOKENS * 20:
        return [Run(Kind.TEXT, "")] * (MAX_TOKENS + 1)
    return [
        Run(run.kind, part)
        for run in visible(text)
        for part in (_TOKEN.findall(run.text) if run.kind is Kind.TEXT else [run.text])
    ]
