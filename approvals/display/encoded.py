"""Text that is another text, or no text at all, in base64 or hexadecimal. Pure."""

import base64
import re
from typing import Final

MIN_CHARACTERS: Final = 256
MIN_DIFFERENT: Final = 12
_MIN_LINE: Final = 40  # of wrapped base64; a list of names has shorter lines

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decoded(text: str) -> bytes | None:
    """Return what ``text`` encodes if it is long and pure base64 or hex, else None."""
    pure = _unwrapped(text)
    if len(pure) < MIN_CHARACTERS or len(set(pure)) < MIN_DIFFERENT:
        return None
    if _HEX.fullmatch(pure):
        return bytes.fromhex(pure)
    bare = pure.rstrip("=")
    if not _BASE64.fullmatch(pure) or len(bare) % 4 == 1:
        return None
    return base64.urlsafe_b64decode(bare.translate(_URL_SAFE) + "=" * (-len(bare) % 4))


def plain_text(text: str) -> str | None:
    """Return the UTF-8 text that ``text`` encodes; None if it encodes no text."""
    try:
        plain = (decoded(text) or b"").decode()
    except UnicodeDecodeError:
        return None
    return plain if plain and not _CONTROL.search(plain) else None


def _unwrapped(text: str) -> str:
    lines = text.split()
    widths = {len(line) for line in lines[:-1]}
    wrapped = len(widths) == 1 and min(widths) >= max(_MIN_LINE, len(lines[-1]))
    return "".join(lines) if wrapped else text.strip()


_URL_SAFE: Final = str.maketrans("+/", "-_")
