"""What a schema promises about one parameter.  Pure."""

import re
from typing import Any, Final

from governance.schema.walk import Schema, members, resolved, subschemas

# Words of a name that choose where a call goes, or with what power.
_POWERS: Final = frozenset(
    {
        *("url", "uri", "href", "host", "hostname", "endpoint", "webhook", "proxy"),
        *("backend", "upstream", "lane", "tenant", "override", "authorization"),
        *("token", "credential", "credentials", "password", "secret", "apikey"),
    }
)
_POWERFUL_PAIRS: Final = ("api_key", "access_key", "private_key", "base_path")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")

# An escape, or a character class that every dialect reads alike.
_ATOM: Final = re.compile(r"\\.|\[\^?(?:\\.|[^\[\]\\^])(?:\\.|[^\[\]\\])*\]", re.DOTALL)
_UNCLEAR: Final = re.compile(r"[\[\]]|\(\?(?!:)")  # other classes; flags, named groups


def destination_names(schema: Schema) -> list[str]:
    """Return the property names, at any depth, that sound like a destination or power.

    Arguments never choose where a call goes; such a name makes people believe so.
    """
    names = {
        name
        for _pointer, part in subschemas(schema)
        for name in members(part, "properties")
    }
    return sorted(name for name in names if _names_a_power(name))


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


def _names_a_power(name: str) -> bool:
    words = _NO_WORD.split(_CAMEL.sub("_", name).lower())
    joined = "_".join(words)
    return not _POWERS.isdisjoint(words) or any(
        pair in joined for pair in _POWERFUL_PAIRS
    )
