"""What an OAuth token is asked for: scopes and authorization details.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from governance.lanemaps import notation
from governance.lanemaps.notation import Line, Mistakes
from governance.refusals.narrowing import narrowing_problems

HARMLESS: Final = {"scope": "x", "authorization_details": "type: x"}

# RFC 9396, section 2.2: a server takes a list of texts for each of these.
_LISTS: Final = frozenset({"locations", "actions", "datatypes", "privileges"})
_EXAMPLE: Final = "type: queue"


def written(narrowing: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of both fields."""
    return {
        "scope": "\n".join(narrowing.get("scope", "").split(" ")),
        "authorization_details": "\n\n".join(
            notation.written(_in_order(each))
            for each in narrowing.get("authorization_details", ())
        ),
    }


def _in_order(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Put the type first, as it says what the others mean, and lists last."""
    texts = {k: v for k, v in detail.items() if not isinstance(v, list)}
    return {"type": detail["type"], **texts, **detail}


def read(texts: Mapping[str, str], _was: Any) -> dict[str, Any]:
    """Return the map.  Raises Mistakes."""
    readers = {"scope": _scope, "authorization_details": _details}
    found = notation.read_fields(texts, readers)
    if not any(found.values()):
        said = "Write a scope, as in tickets:create, or authorization details, or both."
        raise Mistakes({"scope": [said]})
    return {name: value for name, value in found.items() if value}


def _scope(text: str) -> str:
    names = [(line, name) for line in notation.lines(text) for name in _names(line)]
    for line, name in names:
        if narrowing_problems("oauth_client", {"scope": name}, privilege="admin"):
            raise line.mistake(
                f'“{name}” is no scope. Write letters, digits and signs but “"” and'
                " “\\”, as in tickets:create."
            )
    return " ".join(name for _line, name in names)


def _names(line: Line) -> list[str]:
    return [name for name in line.text.split(" ") if name]


def _details(text: str) -> list[dict[str, Any]]:
    return [_detail(block) for block in notation.blocks(text)]


def _detail(block: list[Line]) -> dict[str, Any]:
    found = notation.members(block, example=_EXAMPLE)
    for each in found:
        if each.name in _LISTS and isinstance(each.value, str):
            raise each.line.mistake(
                f"“{each.name}” is a list (RFC 9396): write {each.name}: and below it"
                " one value a line, each after a dash, as in - create."
            )
    named = {each.name: each.value for each in found}
    if not isinstance(named.get("type"), str):
        raise block[0].mistake(f"The block has no type: add a line as in {_EXAMPLE}.")
    return named
