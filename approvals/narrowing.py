"""Which values an argument always had, as a narrower schema.  Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from governance.arguments import JSON

LEAST_SEEN: Final = 20
MOST_VALUES: Final = 10
_SAID: Final = frozenset({"enum", "const", "$ref"})

Values = Mapping[str, list[str | int]]


def always(
    schema: Mapping[str, Any], names: Iterable[str], seen: Sequence[Mapping[str, JSON]]
) -> Values:
    """Return for each of these arguments the few values that it ever had.

    One that the schema narrows already, that had many values, or that was left out
    sometimes, is not named.
    """
    if len(seen) < LEAST_SEEN:
        return {}
    declared = schema.get("properties", {})
    found = {name: _values(declared.get(name), name, seen) for name in names}
    return {name: values for name, values in found.items() if values}


def narrowed(schema: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """Return the schema with these arguments held to these values."""
    properties = {
        name: {**declared, "enum": values[name]} if name in values else declared
        for name, declared in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _values(
    declared: object, name: str, seen: Sequence[Mapping[str, JSON]]
) -> list[str | int]:
    if not isinstance(declared, dict) or _SAID & declared.keys():
        return []
    had = [args.get(name) for args in seen]
    kept = [each for each in had if type(each) in (str, int)]
    distinct: list[Any] = sorted(set(kept), key=str)
    is_few = len(distinct) <= min(MOST_VALUES, len(seen) // 2)
    is_default = "default" not in declared or declared["default"] in distinct
    return distinct if len(kept) == len(had) and is_few and is_default else []
