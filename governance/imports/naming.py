"""Names of tools and arguments for what others have named.  Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from audit.visible import visible

# The tools of our own, and their agent and toolset, are named by it.
BUILT_IN: Final = "sealwright"
BUILT_IN_AGENT: Final = "sealwright-catalogue"
MAX_TOOL: Final = 64
_UNIQUE: Final = 4
_OTHER: Final = re.compile(r"[^a-z0-9_-]+")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def tool_name(backend: str, name: str, *, is_taken: Callable[[str], bool]) -> str:
    """Return ``<backend>.<name>`` as a tool may be called.

    Small letters; other characters become ``_``, a part that begins with something
    else than a letter gets ``t_`` in front.  What is too long or taken is made unique
    by four characters of a digest.
    """
    wanted = f"{_part(backend)}.{_part(name)}"
    if len(wanted) <= MAX_TOOL and not is_taken(wanted):
        return wanted
    seed, digest = f"{backend}\0{name}", ""
    while not digest or is_taken(_cut(wanted, digest)):
        seed = digest = hashlib.sha256(seed.encode()).hexdigest()
    return _cut(wanted, digest)


def catalogue_tool(backend: str) -> str:
    """Return the name of the built-in route that lists a backend's tools."""
    wanted = f"{BUILT_IN}.catalogue.{_part(backend)}"
    digest = hashlib.sha256(backend.encode()).hexdigest()
    return wanted if len(wanted) <= MAX_TOOL else _cut(wanted, digest)


def flat(tool: str) -> str:
    """Return a name as clients list it that know no dots."""
    return tool.replace(".", "_")


def snake(name: str) -> str:
    """Return ``pageSize`` as ``page_size``; what is between words becomes one ``_``."""
    return _NO_NAME.sub("_", _HUMP.sub("_", name).lower()).strip("_")


def argument_name(name: str) -> str:
    """Return a name as placeholders can write it."""
    plain = snake(name)
    return plain if plain[:1].isalpha() else f"a_{plain}"


def hidden_text(text: str) -> bool:
    """Tell whether a text holds characters that nobody sees; line ends are fine."""
    folded = unicodedata.normalize("NFC", text)
    bare = folded.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    return visible(bare) != bare


def _part(name: str) -> str:
    plain = _OTHER.sub("_", name.lower())
    return plain if plain[:1].isalpha() else f"t_{plain}"


def _cut(name: str, digest: str) -> str:
    return f"{name[: MAX_TOOL - _UNIQUE - 1]}_{digest[:_UNIQUE]}"
