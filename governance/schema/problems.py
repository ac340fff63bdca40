"""What is wrong with an arguments schema that somebody wants to save.  Pure."""

from collections.abc import Iterator
from typing import Any, Final

from governance.arguments import InvalidJson, canonical, parse_json
from governance.schema.compiled import SchemaInvalid, compile_schema
from governance.schema.walk import (
    MAX_HOPS,
    Schema,
    children,
    definition,
    members,
    subschemas,
)

MAX_BYTES: Final = 65_536
MAX_DEPTH: Final = 16
MAX_PROPERTIES: Final = 500
MAX_PATTERN: Final = 256
MAX_EXPANDED: Final = 5_000
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# A plain `$anchor` is a name that no `$ref` can use here, so it does nothing.
_UNSUPPORTED: Final = ("$id", "$dynamicRef", "$dynamicAnchor", "$vocabulary")


def schema_problems(schema: Any) -> list[str]:
    """Return what has to be changed before ``schema`` can be saved; empty if nothing.

    Each check stands on the ones before it: what is too deep is not walked, what is
    a bomb is not compiled.
    """
    for check in (_bounds, _openness, _parts, _expansion, _compilation, _defaults):
        problems = list(check(schema))
        if problems:
            return problems
    return []


def _bounds(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield "The schema has to be a JSON object."
    elif _is_deeper(schema, MAX_DEPTH):
        yield f"The schema is nested deeper than {MAX_DEPTH} levels."
    elif _is_too_large(schema):
        yield f"The schema is not strict JSON of at most {MAX_BYTES // 1024} KiB."


def _is_deeper(value: Any, levels: int) -> bool:
    below = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in below)


def _is_too_large(schema: Schema) -> bool:
    try:
        parse_json(canonical(schema), max_bytes=MAX_BYTES)
    except InvalidJson:
        return True
    return False


def _openness(schema: Schema) -> Iterator[str]:
    if schema.get("$schema", DIALECT) != DIALECT:
        yield f"`$schema` has to be {DIALECT}, or be left out."
    if schema.get("type") != "object":
        yield 'The top has to say `"type": "object"`.'
    if schema.get("additionalProperties") is not False:
        yield 'The top has to say `"additionalProperties": false`.'
    if "patternProperties" in schema:
        yield "The top has to list its parameters by name, without `patternProperties`."


def _parts(schema: Schema) -> Iterator[str]:
    parts = list(subschemas(schema))
    if sum(len(members(part, "properties")) for _at, part in parts) > MAX_PROPERTIES:
        yield f"The schema has more than {MAX_PROPERTIES} properties."
    for at, part in parts:
        for keyword in _UNSUPPORTED:
            if keyword in part:
                yield f"`{keyword}` at {at or 'the top'} is not supported: use `$defs`."
        if "$ref" in part and definition(part["$ref"], schema) is None:
            yield f"The `$ref` at {at or 'the top'} is not one of the `$defs` here."
        patterns = [part.get("pattern", ""), *members(part, "patternProperties")]
        if any(len(str(pattern)) > MAX_PATTERN for pattern in patterns):
            yield f"A pattern at {at} is longer than {MAX_PATTERN} characters."


def _expansion(schema: Schema) -> Iterator[str]:
    """Refuse what grows without bound, or very large, as its references are followed.

    Where each definition names the next one twice, every one doubles the work of a
    call; one that names itself does so without end.
    """
    try:
        size = _expanded(schema, schema, {}, ())
    except _EndlessError as error:
        yield f"The `$ref` {error} leads back to itself, or on too often."
    else:
        if size > MAX_EXPANDED:
            yield f"With its `$ref`s followed the schema has over {MAX_EXPANDED} parts."


class _EndlessError(ValueError):
    """A reference that leads back to itself, or further than MAX_HOPS."""


def _expanded(
    schema: Schema, root: Schema, sizes: dict[str, int], path: tuple[str, ...]
) -> int:
    size = 1
    for _at, each in children(schema):
        if isinstance(each, dict):
            size += _expanded(each, root, sizes, path)
    reference = schema.get("$ref")
    if reference is None:
        return size
    if reference in path or len(path) == MAX_HOPS:
        raise _EndlessError(reference)
    if reference not in sizes:
        target = definition(reference, root)
        there = target if isinstance(target, dict) else {}
        sizes[reference] = _expanded(there, root, sizes, (*path, reference))
    return size + sizes[reference]


def _compilation(schema: Schema) -> Iterator[str]:
    try:
        compile_schema(schema)
    except SchemaInvalid as error:
        yield str(error)


def _defaults(schema: Schema) -> Iterator[str]:
    """Judge every default by the schema that it stands in, all in one probe."""
    found = [
        (f"{at}/properties/{name}", below)
        for at, part in subschemas(schema)
        for name, below in members(part, "properties").items()
        if isinstance(below, dict) and "default" in below
    ]
    probe = {
        "$defs": members(schema, "$defs"),
        "definitions": members(schema, "definitions"),
        "properties": {str(index): below for index, (_, below) in enumerate(found)},
    }
    args = {str(index): below["default"] for index, (_, below) in enumerate(found)}
    for error in compile_schema(probe).validate(args):
        at, _below = found[int(error.pointer.split("/")[1])]
        yield f"The default at {at} is not valid itself: it {error.message}."
