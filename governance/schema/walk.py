"""The parts of a schema, and what its local references mean.  Pure."""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

_MAPS: Final = (
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
)
_LISTS: Final = ("prefixItems", "allOf", "anyOf", "oneOf")
_SINGLES: Final = (
    "items",
    "additionalProperties",
    "contains",
    "not",
    "if",
    "then",
    "else",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
)
MAX_HOPS: Final = 8
_REFERENCE: Final = re.compile(r"#/(\$defs|definitions)/([A-Za-z0-9_.-]+)")


def children(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Yield each direct subschema with its pointer from ``schema``."""
    for keyword in _SINGLES:
        if keyword in schema:
            yield f"/{keyword}", schema[keyword]
    for keyword in _LISTS:
        below = schema.get(keyword)
        for index, each in enumerate(below if isinstance(below, list) else ()):
            yield f"/{keyword}/{index}", each
    for keyword in _MAPS:
        for name, each in members(schema, keyword).items():
            yield f"/{keyword}/{escaped(name)}", each


def subschemas(schema: Schema, pointer: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield ``schema`` and every subschema that is an object, with pointers."""
    yield pointer, schema
    for below, each in children(schema):
        if isinstance(each, dict):
            yield from subschemas(each, pointer + below)


def members(schema: Schema, keyword: str) -> Schema:
    """Return what a keyword such as ``properties`` maps; nothing if it maps not."""
    below = schema.get(keyword)
    return below if isinstance(below, dict) else {}


def definition(reference: object, root: Schema) -> Any:
    """Return what ``#/$defs/name`` points at; None if it is nothing of the kind."""
    if not isinstance(reference, str):
        return None
    found = _REFERENCE.fullmatch(reference)
    return members(root, found[1]).get(found[2]) if found else None


def resolved(schema: Any, root: Schema) -> Schema:
    """Return an object schema with its ``$ref`` put in; what stands beside it wins."""
    for _hop in range(MAX_HOPS):
        if not isinstance(schema, dict):
            return {}
        if "$ref" not in schema:
            return schema
        beside = {name: each for name, each in schema.items() if name != "$ref"}
        target = definition(schema["$ref"], root)
        schema = {**target, **beside} if isinstance(target, dict) else beside
    return {}


def escaped(name: str) -> str:
    """Write a member's name as a part of a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
