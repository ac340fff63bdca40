"""Text in which nothing hides: what has no picture of its own gets one. Pure.

Every picture begins with a bracket or mark that is itself always pictured, so nobody
can type a fake one, and the joined texts of the runs read back to one text only.
"""

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MAX_MARKS: Final = 3
_OPEN, _CLOSE, _RETURN, _TAB = "⟦", "⟧", "⏎", "⟦tab⟧"
_SPACES: Final = "space \N{MULTIPLICATION SIGN}"

# Printable, says Unicode, and yet empty, or a piece of our own pictures.
_UNSEEN: Final = frozenset(
    chr(point)
    for span in (
        (0x034F,),  # combining grapheme joiner
        (0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul fillers
        (0x17B4, 0x17B5),  # Khmer inherent vowels
        (0x2800,),  # the empty Braille pattern
        (*range(0x180B, 0x180E), 0x180F),  # Mongolian variation selectors
        (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),  # variation selectors
        map(ord, (_OPEN, _CLOSE, _RETURN)),
    )
    for point in span
)
_PADDING: Final = re.compile(
    r"(?P<lines>\A\n{3,}|\n{3,}\Z|\n{4,})|(?P<break>\n)|(?P<tab>\t)"
    r"|(?P<spaces>\A +| +\Z| +(?=\n)| {9,})"
)
_PICTURE: Final = re.compile(
    rf"{_OPEN}(?:U\+(?P<point>[0-9A-F]+)|{_SPACES}(?P<spaces>\d+)|(?P<tab>tab)"
    rf"|(?P<lines>\d+) empty lines){_CLOSE}|(?P<break>{_RETURN})|(?P<layout>\n)"
)


class Kind(enum.StrEnum):
    """What a run is, and so the element that a template puts around it."""

    TEXT = "text"
    ESCAPE = "escape"
    TAB = "tab"
    BREAK = "break"
    SPACES = "spaces"
    LINES = "lines"
    NOTE = "note"  # words of ours in the place of a value, such as `empty text`


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one kind, as it is to be written on the page."""

    kind: Kind
    text: str

    @property
    def label(self) -> str:
        """What assistive technology says instead of a picture."""
        if self.kind is Kind.BREAK:
            return "line break"
        if self.kind is Kind.ESCAPE:
            code = self.text[1:-1]
            name = unicodedata.name(
                chr(int(code.removeprefix("U+"), 16)), "unnamed character"
            )
            return f"{name.lower()}, {code}"
        return self.text.strip(f"{_OPEN}{_CLOSE}\n")


def visible(text: str) -> tuple[Run, ...]:
    """Return the runs that show ``text``; two different texts never look the same."""
    return tuple(_runs(text))


def original(runs: Iterable[Run]) -> str:
    """Read the text back from what ``visible`` made of it."""
    return _PICTURE.sub(_read_back, "".join(run.text for run in runs))


def _read_back(picture: re.Match[str]) -> str:
    if picture["point"]:
        return chr(int(picture["point"], 16))
    if picture["break"]:
        return "\n"
    if picture["tab"]:
        return "\t"
    return " " * int(picture["spaces"] or 0) + "\n" * int(picture["lines"] or 0)


def _runs(text: str) -> Iterator[Run]:
    end = 0
    for padding in _PADDING.finditer(text):
        yield from _written(text[end : padding.start()])
        yield from _padding(Kind(str(padding.lastgroup)), len(padding[0]))
        end = padding.end()
    yield from _written(text[end:])


def _padding(kind: Kind, count: int) -> Iterator[Run]:
    if kind is Kind.TAB:
        yield Run(kind, _TAB)
    elif kind is Kind.SPACES:
        yield Run(kind, f"{_OPEN}{_SPACES}{count}{_CLOSE}")
    else:
        yield Run(Kind.BREAK, f"{_RETURN}\n")
        if kind is Kind.LINES:
            # The first break ends a line; each other one is an empty line.
            yield Run(kind, f"{_OPEN}{count - 1} empty lines{_CLOSE}\n")


def _written(text: str) -> Iterator[Run]:
    """Yield text and escapes; there are no breaks, tabs or chips in ``text``."""
    if text.isascii() and text.isprintable():
        return (Run(Kind.TEXT, stretch) for stretch in (text,) if stretch)
    return _with_escapes(text)


def _with_escapes(text: str) -> Iterator[Run]:
    plain = ""
    marks = MAX_MARKS  # a mark with nothing to stand on would join what is before it
    for character in text:
        is_mark = unicodedata.category(character).startswith("M")
        marks = marks + 1 if is_mark else 0
        if is_seen(character) and marks <= MAX_MARKS:
            plain += character
            continue
        if plain:
            yield Run(Kind.TEXT, plain)
        yield Run(Kind.ESCAPE, f"{_OPEN}U+{ord(character):04X}{_CLOSE}")
        plain, marks = "", MAX_MARKS
    if plain:
        yield Run(Kind.TEXT, plain)


def is_seen(character: str) -> bool:
    """Tell whether a character has a picture of its own (Unicode of this Python)."""
    # `isprintable` is false for just Cc, Cf, Cs, Co, Cn, Zl, Zp, and Zs but U+0020.
    return character.isprintable() and character not in _UNSEEN
