"""Words of a command as a POSIX shell would read them; nothing is run.  Pure.

A variable becomes a mark in its word, ``\ue000NAME\ue001``: what it stands for is not
known.  What a shell would do besides (pipes, substitutions, lists) is refused.
"""

import re
import sys
from collections.abc import Iterator
from typing import Final

from governance.imports import SourceRefused

MARK: Final = re.compile("\ue000([A-Za-z_][A-Za-z0-9_]*)\ue001")
MAX_CHARACTERS: Final = 100_000

_VARIABLE: Final = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_]\w*)\})")
_SINGLE: Final = re.compile(r"'([^']*)'")
_BARE: Final = re.compile(r"[^\s'\"\\$`|&;<>()#~\ue000\ue001]+|[#~]")
_ESCAPED: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})"
    r"|(.))",
    re.DOTALL,
)
_LETTERS: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
}
_CONTROLS: Final = frozenset(map(ord, _LETTERS.values()))
_ANSI: Final = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_CMD: Final = re.compile(r"\^[\"%\r\n]|\^\s*\Z")

_UNFINISHED: Final = "A quote is opened and not closed."
_ONE: Final = (
    "Paste one command by itself: without | & ; < > and without anything that the shell"
    " would run first."
)


def words_of(command: str) -> list[str]:
    """Return the words.  Raises SourceRefused, with nothing of the command in it."""
    if len(command) > MAX_CHARACTERS:
        raise SourceRefused(f"The command is longer than {MAX_CHARACTERS} characters.")
    if any(mark in command for mark in "\0\ue000\ue001"):
        raise SourceRefused("The command holds a character that no command needs.")
    if _CMD.search(command):
        raise SourceRefused(
            "This was copied for the Windows prompt. Copy it for bash instead."
        )
    text = command.strip().replace("\r\n", "\n")
    return ["".join(pieces) for pieces in _words(text.removeprefix("$ "))]


def _words(text: str) -> Iterator[list[str]]:
    at, word = 0, None
    while at < len(text):
        if text.startswith("\\\n", at):
            at += 2
        elif text[at].isspace():
            if text[at] == "\n" and text[at:].strip():
                raise SourceRefused(
                    "Paste one command: end each line but the last"
                    " one with a backslash."
                )
            if word is not None:
                yield word
            at, word = at + 1, None
        else:
            piece, at = _piece(text, at)
            word = [*(word or []), piece]
    if word is not None:
        yield word


def _piece(text: str, at: int) -> tuple[str, int]:
    """Return the next piece of a word, and where the text goes on."""
    if text[at] == "'":
        return _matched(_SINGLE.match(text, at))
    if text[at] == '"':
        return _double(text, at + 1)
    if text.startswith("$'", at):
        raw, end = _matched(_ANSI.match(text, at))
        return _unescaped(raw), end
    if text[at] == "$":
        return _variable(text, at)
    if text[at] == "\\":
        if at + 1 == len(text):
            raise SourceRefused("The command ends with a backslash: a line is missing.")
        return text[at + 1], at + 2
    bare = _BARE.match(text, at)
    if bare is None:
        raise SourceRefused(_ONE)
    return bare[0], bare.end()


def _matched(found: re.Match[str] | None) -> tuple[str, int]:
    if found is None:
        raise SourceRefused(_UNFINISHED)
    return found[1], found.end()


def _double(text: str, at: int) -> tuple[str, int]:
    pieces = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and at + 1 < len(text):
            kept = "" if text[at + 1] in '$`"\\\n' else "\\"
            pieces.append(kept + text[at + 1].replace("\n", ""))
            at += 2
        elif text[at] == "`":
            raise SourceRefused(_ONE)
        elif text[at] == "$":
            piece, at = _variable(text, at)
            pieces.append(piece)
        else:
            pieces.append(text[at])
            at += 1
    if at == len(text):
        raise SourceRefused(_UNFINISHED)
    return "".join(pieces), at + 1


def _variable(text: str, at: int) -> tuple[str, int]:
    found = _VARIABLE.match(text, at)
    if found is not None:
        return f"\ue000{found[1] or found[2]}\ue001", found.end()
    if text[at + 1 : at + 2] in ("(", "{"):
        raise SourceRefused(_ONE)
    return "$", at + 1


def _unescaped(raw: str) -> str:
    return _ESCAPED.sub(_character, raw)


def _character(found: re.Match[str]) -> str:
    bases = ((1, 16), (2, 16), (3, 16), (4, 8))
    number = next((int(found[g], base) for g, base in bases if found[g]), None)
    if number is None:
        return _LETTERS.get(found[5], found[5])
    # A private mark of ours is not printable either.
    if number > sys.maxunicode or not (
        chr(number).isprintable() or number in _CONTROLS
    ):
        raise SourceRefused("The command holds an escape of no character.")
    return chr(number)
