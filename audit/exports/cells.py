"""Cells that no spreadsheet takes for a formula.  Pure."""

import re
from typing import Final

# What makes a spreadsheet calculate, in ASCII and full-width forms, and the white
# space that one may strip to find it.
_FORMULA: Final = "(?=[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
_BLANKS: Final = r"[^\S\t\r\n]*"
_AT_START: Final = re.compile(_BLANKS + _FORMULA)
# Wherever a spreadsheet with other separators than ours would begin a cell.
_INSIDE: Final = re.compile('[;\t\r\n"]' + _BLANKS + _FORMULA)


def guarded(text: str) -> str:
    """Return the text with a ``'`` wherever a formula could begin."""
    text = _INSIDE.sub(_quoted, text)
    start = _AT_START.match(text)
    return f"{_quoted(start)}{text[start.end() :]}" if start else text


def _quoted(found: re.Match[str]) -> str:
    return f"{found[0]}'"
