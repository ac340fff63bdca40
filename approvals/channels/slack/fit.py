"""Whether everything that a yes is about can be read in Slack.  Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from approvals.display import Row, Run

MAX_ROWS: Final = 20
MAX_VALUE: Final = 500
MAX_LINES: Final = 10
MAX_IN_ALL: Final = 2500
MAX_SENTENCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Fit:
    """The rows that can be shown, of how many; ``is_whole`` if that is all of it."""

    rows: tuple[Row, ...]
    count: int
    is_whole: bool


def fit(rows: Sequence[Row], *, sentence: str) -> Fit:
    """Return what of these rows fits, the first ones first.

    What is ``writeOnly`` is never shown here, so then it is not whole.  ``sentence``
    is the one that is shown, everything in it visible.
    """
    shown: list[Row] = []
    left = MAX_IN_ALL
    for row in rows:
        size = len(written(row.name)) + len(value(row))
        if row.write_only or _is_long(row) or size > left or len(shown) == MAX_ROWS:
            continue
        shown.append(row)
        left -= size
    is_whole = len(shown) == len(rows) and weight(sentence) <= MAX_SENTENCE
    return Fit(tuple(shown), len(rows), is_whole)


def value(row: Row) -> str:
    """Return the whole value of an unfolded row, everything in it visible."""
    return written(row.shown.head)


def written(runs: Iterable[Run]) -> str:
    """Return runs as one text."""
    return "".join(run.text for run in runs)


def weight(text: str) -> int:
    """Count characters as Slack does, which writes three of them as entities."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def _is_long(row: Row) -> bool:
    text = value(row)
    is_long = weight(text) > MAX_VALUE or text.count("\n") >= MAX_LINES
    return row.is_folded or is_long or row.decoded is not None
