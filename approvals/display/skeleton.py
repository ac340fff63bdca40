"""What a text looks like to a quick eye: two that look the same have one skeleton.

Pure.  A short table of our own beside NFKC, after the idea of UTS 39: the letters that
stand in for Latin ones in names of repositories, people and hosts.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

MAX_CHARACTERS: Final = 200

_LOOK_LIKE: Final[Mapping[str, str]] = {
    "a": "аαɑ",
    "A": "АΑ",
    "B": "ВΒ",
    "c": "сϲ",
    "C": "СϹ",
    "d": "ԁ",
    "e": "еҽ",
    "E": "ЕΕ",
    "g": "ɡց",
    "h": "һհ",
    "H": "НΗ",
    "i": "іıι",
    "j": "јϳ",
    "J": "Ј",
    "k": "кκ",
    "K": "КΚ",
    "l": "1I|ІΙӏƖǀ",
    "M": "МΜ",
    "n": "ոη",
    "N": "Ν",
    "o": "оοօ",
    "O": "0ОΟ",
    "p": "рρ",
    "P": "РΡ",
    "q": "ԛգ",
    "r": "г",
    "s": "ѕ",
    "S": "Ѕ",
    "t": "т",
    "T": "ТΤ",
    "u": "υս",
    "v": "νѵ",
    "w": "ԝω",
    "x": "хχ",
    "X": "ХΧ",
    "y": "уγ",
    "Y": "УΥ",
    "Z": "Ζ",
    "-": "\u2010\u2011\u2012\u2013\u2212",
    "/": "\u2044\u2215",
}
_TABLE: Final = str.maketrans(
    {other: letter for letter, others in _LOOK_LIKE.items() for other in others}
)


def skeleton(text: str) -> str:
    """Return the skeleton of a short text; it is for comparing, not for reading."""
    plain = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return plain.replace("rn", "m").replace("vv", "w")


def looks_like(text: str, other: str) -> bool:
    """Tell whether two different texts could be taken for each other."""
    if text == other or max(len(text), len(other)) > MAX_CHARACTERS:
        return False
    return skeleton(text) == skeleton(other)
