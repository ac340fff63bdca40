"""Cells that no spreadsheet takes for a formula.  Pure."""

import re
from typing import Final

# What makes a spreadsheet calculate, in ASCII and full-width forms, and the white
# space that one may strip to find it.
_STARTS: Final = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
# A cell begins at its start, and wherever a spreadsheet with other separators than
# ours would begin one: after a semicolon, a tab, a line break or a quote.
_DANGER: Final = re.compile(rf'(?:^|(?<=[;\t\r\n"]))[^\S\t\r\n]*(?=[{_STARTS}])')


def guarded(text: str) -> str:
    """Return the text with a ``'`` wherever a formula could begin."""
    return _DANGER.sub(r"\g<0>'", text)
