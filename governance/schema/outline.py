"""Arguments to begin with, where a person tries a schema.  Pure."""

from typing import Any, Final

from governance.arguments import JSON
from governance.schema.walk import Schema, members, resolved

_EMPTY: Final[dict[str, JSON]] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "object": {},
}


def outline(schema: Schema) -> dict[str, JSON]:
    """Return a value for each declared parameter, to be changed by whoever tries it."""
    declared = members(schema, "properties")
    return {name: _value(resolved(below, schema)) for name, below in declared.items()}


def _value(rules: Schema) -> JSON:
    said: list[Any] = [
        *([rules["default"]] if "default" in rules else []),
        *rules.get("examples", []),
        *rules.get("enum", []),
        *([rules["minimum"]] if "minimum" in rules else []),
    ]
    first: JSON = said[0] if said else _EMPTY.get(str(rules.get("type")))
    return first
