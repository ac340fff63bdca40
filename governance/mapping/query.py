"""The query of a mapped request.  Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from governance.arguments import JSON
from governance.schema.parameters import declared
from governance.schema.walk import Schema
from governance.template import Template, absence_problems, text_of

_PLAIN_TYPES: Final = frozenset({"string", "integer", "number", "boolean"})

Query = tuple[tuple[str, Template], ...]


def render_query(query: Query, args: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield the parameters as text, not encoded.

    A parameter that is nothing but an optional argument is left out with it.
    """
    for name, template in query:
        if template.whole is None or template.whole in args:
            yield (
                name,
                template.render({each: text_of(args[each]) for each in template.names}),
            )


def query_problems(query: Query, schema: Schema) -> Iterator[str]:
    """Yield what has to be changed before a query can be saved."""
    for name, template in query:
        optional = template.whole is not None and declared(schema, template.whole)
        for problem in () if optional else absence_problems(template.names, schema):
            yield f"`query.{name}`: {problem}"
        for each in template.names:
            if not _is_plain(declared(schema, each) or {}):
                yield f"`query.{name}`: {{{each}}} has to be a plain value, no list."


def _is_plain(property_schema: Schema) -> bool:
    kind = property_schema.get("type", "string" if "enum" in property_schema else None)
    return isinstance(kind, str) and kind in _PLAIN_TYPES
