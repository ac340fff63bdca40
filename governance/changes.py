"""What a change of configuration changed, in words and as two digests.  Pure."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

SHOWN_CHARACTERS: Final = 80
WEAKER: Final = ", weaker"

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is spoken of.

    ``weaker`` tells whether a change lets more happen than before.  A field that is
    not ``shown`` is only said to have changed; the values of a ``personal`` one are
    kept beside the record, where they can be erased.
    """

    words: str
    weaker: Callable[[Any, Any], bool] = lambda _before, _after: False
    shown: bool = True
    personal: bool = False


Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences between two states; false where there are none.

    ``words`` may stand in a record for ever; ``lines`` say the same with the values
    of personal fields spelled out.
    """

    words: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    before: str | None = None
    after: str | None = None

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def weaker(self) -> tuple[str, ...]:
        """Those changes that let more happen than before."""
        return tuple(line for line in self.words if line.endswith(WEAKER))

    @property
    def personal(self) -> str:
        """The changes that name a person, as one text."""
        hidden = zip(self.words, self.lines, strict=True)
        return "; ".join(line for word, line in hidden if word != line)

    def detail(self) -> dict[str, Any]:
        """Return what a record holds: digests before and after, weaker things first."""
        ordered = sorted(self.words, key=lambda line: not line.endswith(WEAKER))
        return {"before": self.before, "after": self.after, "changes": ordered}


def compare(before: Values | None, after: Values, *, fields: Fields) -> Changes:
    """Return the differences in these fields; ``before`` is None for something new."""
    changed = [name for name in fields if _differs(before, after, name)]
    told = [_told(fields[name], before, after, name) for name in changed]
    return Changes(
        words=tuple(words for words, _ in told),
        lines=tuple(line for _, line in told),
        before=_digest(before, fields) if before is not None else None,
        after=_digest(after, fields),
    )


def grew(before: Any, after: Any) -> bool:
    """Tell whether a number is larger, or a collection holds something more."""
    if isinstance(before, (int, type(None))) and isinstance(after, int):
        return after > (before or 0)
    return bool(set(after or ()) - set(before or ()))


def shrank(before: Any, after: Any) -> bool:
    """Tell whether a number is smaller, or a collection lacks what it held."""
    return grew(after, before)


def lower_in(order: tuple[str, ...]) -> Callable[[Any, Any], bool]:
    """Return the test whether a value moved towards the front of ``order``."""

    def moved(before: Any, after: Any) -> bool:
        return before in order and order.index(after) < order.index(before)

    return moved


def _differs(before: Values | None, after: Values, name: str) -> bool:
    return bool(after[name]) if before is None else before[name] != after[name]


def _told(
    field: Field, before: Values | None, after: Values, name: str
) -> tuple[str, str]:
    if before is None:
        vague, line = f"{field.words}: set", f"{field.words}: {_text(after[name])}"
    else:
        vague = f"{field.words}: changed"
        line = f"{field.words}: {_difference(before[name], after[name])}"
        if field.weaker(before[name], after[name]):
            vague, line = vague + WEAKER, line + WEAKER
    if field.personal:
        return vague, line
    return (line, line) if field.shown else (vague, vague)


def _difference(before: Any, after: Any) -> str:
    """Say how a value differs; of a list, what it gained and what it lost."""
    if not (isinstance(before, list | tuple) and isinstance(after, list | tuple)):
        return f"{_text(before)} to {_text(after)}"
    had, has = (Counter(map(str, value)) for value in (before, after))
    parts = (("added", has - had), ("removed", had - has))
    told = [f"{word} {_text([*some.elements()])}" for word, some in parts if some]
    return "; ".join(told) or "in another order"


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None | "" | [] | ():
            return "none"
        case list() | tuple():
            text = ", ".join(str(each) for each in value)
        case _:
            text = str(value)
    cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
    return " ".join(cut.split())


def _digest(values: Values, fields: Fields) -> str:
    # Personal values stay out: a bare digest of a short value can be guessed.
    kept = {name: values[name] for name in fields if not fields[name].personal}
    return f"sha256:{hashlib.sha256(rfc8785.dumps(kept)).hexdigest()}"
