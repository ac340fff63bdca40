"""What a schema promises about one parameter.  Pure."""

import re
from typing import Any, Final

from governance.schema.walk import Schema, members, resolved

# An escape, or a character class that every dialect reads alike.
_ATOM: Final = re.compile(r"\\.|\[\^?(?:\\.|[^\[\]\\^])(?:\\.|[^\[\]\\])*\]", re.DOTALL)
_UNCLEAR: Final = re.compile(r"[\[\]]|\(\?(?!:)")  # other classes; flags, named groups


def declared(schema: Schema, name: str) -> Schema | None:
    """Return what the schema says of a top-level parameter; None if it has none."""
    properties = members(schema, "properties")
    return resolved(properties[name], schema) if name in properties else None


def always_given(schema: Schema, name: str) -> bool:
    """Tell whether validated arguments always hold ``name``."""
    property_schema = declared(schema, name)
    if property_schema is None:
        return False
    required = schema.get("required")
    is_required = isinstance(required, list) and name in required
    return is_required or "default" in property_schema


def write_only(schema: Schema, name: str) -> bool:
    """Tell whether a parameter must not reach records and messages."""
    return bool((declared(schema, name) or {}).get("writeOnly", False))


def narrow_problem(property_schema: Schema) -> str:
    """Say why a parameter may not stand in a scope or a path; empty if it may.

    It may be an integer, one of a list of strings and integers, or a bounded string.
    """
    if "enum" in property_schema or "const" in property_schema:
        values = property_schema.get("enum", [property_schema.get("const")])
        plain = all(type(value) in (str, int) for value in values)
        return "" if plain else "its values have to be strings or integers"
    if property_schema.get("type") == "integer":
        return ""
    if property_schema.get("type") != "string":
        return "it has to be an integer, a list of allowed values or a string"
    return _string_problem(property_schema)


def _string_problem(property_schema: Schema) -> str:
    pattern: Any = property_schema.get("pattern")
    if pattern is None:
        bounded = "maxLength" in property_schema
        return "" if bounded else "its string needs a `pattern` or a `maxLength`"
    if not is_anchored(str(pattern)):
        return "its `pattern` has to cover the whole value: `^...$`, without flags"
    return ""


def is_anchored(pattern: str) -> bool:
    r"""Tell whether a pattern judges the whole value.

    Not anchored are ``^a|b$``, whose branches are open at one end; ``^a\$``, which
    ends with a dollar sign; and ``^(?m)a$``, where ``$`` means the end of any line.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return False
    bare = _ATOM.sub("x", pattern)
    return bare.endswith("$") and not _UNCLEAR.search(bare) and not _branches(bare)


def _branches(bare: str) -> bool:
    depth = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            return True
    return False
