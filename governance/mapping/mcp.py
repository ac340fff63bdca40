"""The mapping of an MCP route: a tool of the upstream, and its arguments.  Pure.

    {"tool": "create_issue", "arguments": {"title": "{title}", "labels": ["agent"]}}

Without ``arguments`` the validated arguments go on under their own names.  A member
that is one optional argument and nothing else is left out where the argument is.
``pin`` holds what the upstream said of the tool when it was imported.
``{"catalogue": true}`` asks for the list of tools instead of calling one.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from governance.arguments import JSON
from governance.mapping.body import body_problems, fill, parse_body
from governance.mapping.places import MappingInvalid
from governance.schema.parameters import declared
from governance.schema.walk import Schema
from governance.template import Template

MAX_NAME: Final = 256
PARAM_PREFIX: Final = "Mcp-Param-"
_MEMBERS: Final = frozenset({"tool", "arguments", "pin"})
_CATALOGUE: Final[Mapping[str, Any]] = {"catalogue": True}
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, 5.6.2
_PLAIN: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_CODED: Final = "=?base64?"
_MAX_DEPTH: Final = 8

# A place in an upstream's arguments, and the header that repeats what stands there.
Param = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class MappedToolCall:
    """What an upstream is asked to do; ``params`` are headers that repeat arguments.

    ``tool`` is empty where the list of its tools is asked for.
    """

    tool: str
    arguments: Mapping[str, JSON]
    call_id: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class McpMapping:
    """A parsed mapping; ``arguments`` is a JSON template, or None for all as given."""

    tool: str
    arguments: Mapping[str, JSON] | None = None
    params: tuple[Param, ...] = ()
    pin: Mapping[str, Any] | None = None

    @classmethod
    def parse(cls, settings: Any) -> Self:
        """Parse what a route version holds.  Raises MappingInvalid."""
        if not isinstance(settings, dict):
            raise MappingInvalid("A mapping has to be a JSON object.")
        if settings == _CATALOGUE:
            return cls(tool="")
        if unknown := sorted(set(settings) - _MEMBERS):
            raise MappingInvalid(
                f"`{unknown[0]}` is not a member of a mapping to an MCP server."
            )
        pin = settings.get("pin")
        if pin is not None and not isinstance(pin, dict):
            raise MappingInvalid("`pin` has to be a JSON object.")
        return cls(
            tool=_name(settings.get("tool")),
            arguments=_arguments(settings.get("arguments")),
            params=tuple(_params(_pinned_schema(pin))),
            pin=pin,
        )

    def problems(self, schema: Schema) -> list[str]:
        """Return what has to be changed before a route can be saved with this."""
        if self.arguments is None:
            return []
        optional = {
            name: value
            for name, value in self.arguments.items()
            if _whole(value) is not None
        }
        rest = {n: v for n, v in self.arguments.items() if n not in optional}
        return [
            *body_problems(rest, schema, where="arguments"),
            *_undeclared(map(_whole, optional.values()), schema),
        ]

    def render(self, args: Mapping[str, JSON], *, call_id: str) -> MappedToolCall:
        """Fill the places with validated ``args``."""
        filled = dict(args) if self.arguments is None else self._filled(args)
        headers = (
            (PARAM_PREFIX + name, header_text(value))
            for place, name in self.params
            if (value := _value_at(filled, place)) is not None
        )
        return MappedToolCall(self.tool, filled, call_id, tuple(headers))

    def _filled(self, args: Mapping[str, JSON]) -> dict[str, JSON]:
        given = {
            name: value
            for name, value in (self.arguments or {}).items()
            if (whole := _whole(value)) is None or whole in args
        }
        return {name: fill(value, args) for name, value in given.items()}


def header_text(value: object) -> str:
    """Write a value as an ``Mcp-*`` header: plain where it can be, else base64."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _PLAIN.fullmatch(text) and not text.startswith(_CODED):
        return text
    return f"{_CODED}{base64.b64encode(text.encode()).decode()}?="


def _name(tool: object) -> str:
    if not isinstance(tool, str) or not 1 <= len(tool) <= MAX_NAME:
        raise MappingInvalid("`tool` has to be the upstream's name of a tool.")
    if not tool.isprintable():
        raise MappingInvalid("`tool` holds a character that no name has.")
    return tool


def _arguments(settings: object) -> Mapping[str, JSON] | None:
    if settings is None:
        return None
    taken = parse_body(settings, where="arguments")
    if not isinstance(taken, dict):
        raise MappingInvalid("`arguments` has to be a JSON object.")
    return taken


def _whole(value: JSON) -> str | None:
    return Template.parse(value).whole if isinstance(value, str) else None


def _undeclared(names: Iterator[str | None], schema: Schema) -> Iterator[str]:
    for name in names:
        if name is not None and declared(schema, name) is None:
            yield (
                f"`arguments`: {{{name}}} is not a parameter that the schema declares."
            )


def _pinned_schema(pin: Mapping[str, Any] | None) -> object:
    definition = (pin or {}).get("definition")
    return definition.get("inputSchema") if isinstance(definition, dict) else None


def _params(
    schema: object, place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where an upstream's schema says ``x-mcp-header``."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or len(place) >= _MAX_DEPTH:
        return
    for name, below in properties.items():
        header = below.get("x-mcp-header") if isinstance(below, dict) else None
        if isinstance(header, str) and _TOKEN.fullmatch(header):
            yield (*place, name), header
        yield from _params(below, (*place, name))


def _value_at(value: object, place: tuple[str, ...]) -> str | int | None:
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str | int) else None
