"""Text of agents and people with every hidden character made visible.  Pure."""

import unicodedata
from typing import Final

# Control, format, private, unassigned, separators: what a reader can't see, or what
# turns around what she sees.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
# Blank, but not of these categories: fillers, joiners, variation selectors, and the
# brackets themselves, so that nobody can type an escape.
_BLANK: Final = frozenset(
    "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u27e6\u27e7"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def visible(text: str) -> str:
    """Return the text with each hidden character as ``⟦U+202E⟧``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    hidden = category in _HIDDEN or character in _BLANK
    if hidden or (category == "Zs" and character != " "):
        return f"⟦U+{ord(character):04X}⟧"
    return character
