"""Pictures of numbers, as geometry that a template draws as SVG.  Pure.

A bar stands beside its number in a table, so whoever hears the page loses nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

HEIGHT: Final = 100.0
STEP: Final = 10.0  # from one column to the next
GAP: Final = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a table of bars; ``width`` is a share of a hundred."""

    label: str
    text: str
    width: float
    href: str = ""  # what is behind the bar


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a column: what it counts, and where it is drawn."""

    kind: str
    count: int
    y: float
    height: float
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """What happened in one stretch of time, its parts stacked from below."""

    label: str
    x: float
    parts: tuple[Part, ...]
    href: str = ""

    @property
    def total(self) -> int:
        """How many there were of all kinds."""
        return sum(part.count for part in self.parts)


@dataclass(frozen=True, slots=True)
class Columns:
    """A row of columns in a box of ``width`` and a hundred high."""

    columns: tuple[Column, ...]
    most: int
    totals: Mapping[str, int]

    @property
    def width(self) -> float:
        """How wide the box is."""
        return len(self.columns) * STEP

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return self.most == 0


Behind = Callable[[int, str], str]


def _nothing(_number: int, _kind: str) -> str:
    return ""


def bars(
    rows: Iterable[tuple[str, float, str]], *, most: float | None = None
) -> list[Bar]:
    """Return bars of (label, value, text); the longest, or ``most``, is a hundred."""
    kept = list(rows)
    longest = most or max((value for _, value, _ in kept), default=0.0) or 1.0
    return [
        Bar(label, text, round(min(value / longest, 1.0) * 100, 2))
        for label, value, text in kept
    ]


def columns(
    counts: Sequence[tuple[str, Mapping[str, int]]], *, behind: Behind = _nothing
) -> Columns:
    """Return columns of (label, how many of each kind).

    ``behind`` gives the address of a column's part, by number and kind; for the kind
    ``""`` that of the whole column.
    """
    most = max((sum(each.values()) for _, each in counts), default=0)
    totals: dict[str, int] = {}
    for _, each in counts:
        for kind, count in each.items():
            totals[kind] = totals.get(kind, 0) + count
    drawn = (
        Column(
            label,
            number * STEP,
            _stacked(each, most, partial(behind, number)),
            behind(number, ""),
        )
        for number, (label, each) in enumerate(counts)
    )
    return Columns(tuple(drawn), most, totals)


def _stacked(
    counts: Mapping[str, int], most: int, behind: Callable[[str], str]
) -> tuple[Part, ...]:
    parts: list[Part] = []
    y = HEIGHT
    for kind, count in counts.items():
        height = round(count / (most or 1) * HEIGHT, 2)
        y -= height
        parts.append(Part(kind, count, round(y, 2), height, behind(kind)))
    return tuple(parts)
