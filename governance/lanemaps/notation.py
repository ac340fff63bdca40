"""The one notation of the forms of lanes: lines, names with values, and lists.  Pure.

A value stands behind its name and a colon; a list stands below its name, one value a
line, each after a dash.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeVar

from governance.template import Template, TemplateInvalid

_T = TypeVar("_T")
_DASH: Final = "- "


class Mistake(ValueError):
    """A line that can't be read; the text names it and says what to write."""


class Mistakes(ValueError):
    """What is wrong with the texts of a form, by field."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        self.found = found
        super().__init__(str(found))


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something, and its number, from 1."""

    number: int
    text: str

    def mistake(self, said: str) -> Mistake:
        """Return what is wrong with it."""
        return Mistake(f"Line {self.number}: {said}")


@dataclass(frozen=True, slots=True)
class Member:
    """A name with its value, and the line where it begins."""

    line: Line
    name: str
    value: str | list[str]


def blocks(text: str) -> list[list[Line]]:
    """Return the lines of each block; blank lines part two."""
    split = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbered = (Line(number, each.strip()) for number, each in enumerate(split, 1))
    groups = groupby(numbered, key=lambda line: bool(line.text))
    return [[*block] for says, block in groups if says]


def lines(text: str) -> list[Line]:
    """Return the lines that are not blank.  Raises Mistake for a stray brace."""
    found = [line for block in blocks(text) for line in block]
    for line in found:
        _see(line, line.text)
    return found


def members(block: Iterable[Line], *, example: str) -> list[Member]:
    """Read names with their values.  Raises Mistake."""
    found: list[Member] = []
    for line in block:
        _see(line, line.text)
        if line.text.startswith(_DASH) or line.text == _DASH.strip():
            _list_of(found, line).append(_item(line))
        else:
            found.append(_member(line, example))
    _see_members(found)
    return found


def written(named: Mapping[str, Any]) -> str:
    """Write names with their values, as ``members`` reads them."""
    return "\n".join(each for name in named for each in _written(name, named[name]))


def read_fields(
    texts: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]]
) -> dict[str, Any]:
    """Return what each field says.  Raises Mistakes, of all fields at once."""
    values, found = {}, {}
    for name, reader in readers.items():
        try:
            values[name] = reader(texts.get(name, ""))
        except Mistake as error:
            found[name] = [str(error)]
    if found:
        raise Mistakes(found)
    return values


def needed(value: _T, said: str) -> _T:
    """Return a value that is not empty.  Raises Mistake."""
    if not value:
        raise Mistake(said)
    return value


def _written(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{name}: {value}"
        return
    yield f"{name}:"
    yield from (f"{_DASH}{each}" for each in value)


def _member(line: Line, example: str) -> Member:
    before, colon, value = f"{line.text} ".partition(": ")
    name = before.strip()
    if not colon or not name:
        raise line.mistake(f"Write a name, a colon and a value, as in {example}.")
    if "{" in name or "}" in name:
        raise line.mistake("A placeholder may stand in a value, not in a name.")
    return Member(line, name, value.strip() or [])


def _list_of(found: list[Member], line: Line) -> list[str]:
    if found and isinstance(found[-1].value, list):
        return found[-1].value
    raise line.mistake(
        "A dash begins a value of a list; above the list stands its name with a colon,"
        " and nothing behind it, as in actions:"
    )


def _item(line: Line) -> str:
    item = line.text.removeprefix("-").strip()
    if not item:
        raise line.mistake("Write a value behind the dash, as in - create.")
    return item


def _see_members(found: Iterable[Member]) -> None:
    seen: set[str] = set()
    for each in found:
        if not each.value:
            raise each.line.mistake(
                f"“{each.name}” has no value: write it behind the colon; or below it,"
                " each value of a list on a line of its own, after a dash."
            )
        if each.name in seen:
            raise each.line.mistake(f"“{each.name}” stands here twice.")
        seen.add(each.name)


def _see(line: Line, text: str) -> None:
    try:
        Template.parse(text)
    except TemplateInvalid as error:
        raise line.mistake(str(error)) from error
