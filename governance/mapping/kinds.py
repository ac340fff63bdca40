"""Which mapping a backend's kind has.  Pure."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from governance.mapping.http import HttpMapping, MappedRequest
from governance.mapping.mcp import MappedToolCall, McpMapping
from governance.mapping.places import MappingInvalid
from governance.schema.walk import Schema

RequestMapping: TypeAlias = HttpMapping | McpMapping
Mapped: TypeAlias = MappedRequest | MappedToolCall

_KINDS: Final[Mapping[str, type[HttpMapping] | type[McpMapping]]] = {
    "http": HttpMapping,
    "mcp": McpMapping,
}


def parse_mapping(settings: Any, *, kind: str) -> RequestMapping:
    """Parse the mapping of a route to such a backend.  Raises MappingInvalid."""
    return _KINDS[kind].parse(settings)


def mapping_problems(settings: Any, schema: Schema, *, kind: str = "http") -> list[str]:
    """Return what has to be changed before ``settings`` can be saved."""
    try:
        return parse_mapping(settings, kind=kind).problems(schema)
    except MappingInvalid as error:
        return [str(error)]
