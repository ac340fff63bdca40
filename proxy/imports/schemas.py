"""Schemas of OpenAPI 3.0 and 3.1 as JSON Schema 2020-12.  Pure.

Only references within the document are followed; what they name becomes a ``$defs`` of
the schema at hand.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.arguments import MAX_INTEGER
from governance.imports import SourceRefused
from governance.schema.walk import Schema

MAX_HOPS: Final = 8
MAX_LEVELS: Final = 64
# A few lines of references can unfold without end; no honest operation needs as much.
MAX_VISITS: Final = 30_000
MAX_VISITS_IN_ALL: Final = 250_000

# Formats that our validator checks; another one would say nothing, and is left out.
_FORMATS: Final = frozenset(
    {
        *("date-time", "date", "time", "duration", "email", "idn-email", "hostname"),
        *("idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri", "uuid"),
        *("iri-reference", "uri-template", "json-pointer", "relative-json-pointer"),
        "regex",
    }
)
_KEPT: Final = frozenset(
    {
        *("type", "enum", "const", "format", "pattern", "minLength", "maxLength"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
        *("required", "default", "title", "description", "writeOnly"),
        *("minContains", "maxContains", "dependentRequired"),
    }
)
_SINGLES: Final = (
    *("items", "additionalProperties", "contains", "not", "if", "then", "else"),
    *("propertyNames", "unevaluatedProperties", "unevaluatedItems"),
)
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")

OUTSIDE: Final = "A `$ref` leads out of the document. Nothing is fetched."
NOWHERE: Final = "A `$ref` leads to nothing in the document."


class Unreadable(ValueError):
    """A part of a document that can't be imported; the message says why."""


@dataclass(frozen=True, slots=True)
class Members:
    """An object's members by name, as the document has them."""

    properties: Mapping[str, Any]
    required: frozenset[str]
    is_open: bool


@dataclass(slots=True)
class Budget:
    """How many parts of a document are looked at until it is given up."""

    left: int = MAX_VISITS_IN_ALL


@dataclass(slots=True)
class Schemas:
    """The schemas of one operation; ``used`` are the parts that references named.

    All operations of a document share one ``budget``: what one of them unfolds to,
    thousands would do again.
    """

    document: Mapping[str, Any]
    is_old: bool  # 3.0, which has a dialect of its own
    budget: Budget = field(default_factory=Budget)
    used: dict[str, Any] = field(default_factory=dict)
    defs: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    visits: int = 0
    level: int = 0

    def resolve(self, part: Any) -> Any:
        """Follow references of any kind to what they name.  Raises Unreadable."""
        for _hop in range(MAX_HOPS):
            if not (isinstance(part, Mapping) and "$ref" in part):
                return part
            part = self._named(part["$ref"])
        raise Unreadable("A `$ref` leads on too often, or back to itself.")

    def convert(self, schema: Any) -> Any:
        """Return a schema as 2020-12; its definitions are collected in ``defs``.

        Raises Unreadable.
        """
        self._visit()
        if self.level >= MAX_LEVELS:
            raise Unreadable("Its schemas lead on to one another too deep.")
        self.level += 1
        try:
            return self._converted(schema)
        finally:
            self.level -= 1

    def _converted(self, schema: Any) -> Any:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, Mapping):
            raise Unreadable("A schema in the document is not an object.")
        if "$ref" in schema:
            return self._reference(schema)
        kept = {name: schema[name] for name in schema if name in _KEPT}
        for name in _SINGLES:
            if name in schema:
                kept[name] = self.convert(schema[name])
        for name in _LISTS:
            if isinstance(schema.get(name), list):
                kept[name] = [self.convert(each) for each in schema[name]]
        for name in _MAPS:
            if isinstance(schema.get(name), Mapping):
                kept[name] = self._converted_map(schema[name])
        return _plainer(self._without_read_only(kept, schema), schema, self.is_old)

    def members(self, schema: Any, *, hops: int = 0) -> Members | None:
        """Return an object's members, ``allOf`` put together; None if it lists none.

        Raises Unreadable.
        """
        self._visit()
        found = self.resolve(schema)
        if hops > MAX_HOPS or not isinstance(found, Mapping):
            return None
        if any(word in found for word in ("oneOf", "anyOf", "not", "if")):
            return None
        below = [self.members(each, hops=hops + 1) for each in _list(found, "allOf")]
        parts = [part for part in (self._own_members(found), *below) if part]
        if len(parts) != len(below) + 1:
            return None
        return Members(
            {name: each for part in parts for name, each in part.properties.items()},
            frozenset(name for part in parts for name in part.required),
            any(part.is_open for part in parts),
        )

    def named_below(self, part: Any) -> Iterator[str]:
        """Yield every reference below a part, those of what they name too, once each.

        Raises Unreadable.
        """
        seen: set[str] = set()
        waiting = [part]
        while waiting:
            self._visit()
            each = waiting.pop()
            if isinstance(each, Mapping):
                reference = each.get("$ref")
                if isinstance(reference, str) and reference not in seen:
                    seen.add(reference)
                    waiting.append(self.resolve({"$ref": reference}))
                    yield reference
                waiting.extend(each.values())
            elif isinstance(each, list):
                waiting.extend(each)

    def _visit(self) -> None:
        self.visits += 1
        self.budget.left -= 1
        if self.budget.left < 0:
            raise SourceRefused(
                "With all that its operations refer to the document is too large."
                " Import it in parts."
            )
        if self.visits > MAX_VISITS:
            raise Unreadable("The operation refers to too much.")

    def _own_members(self, found: Mapping[str, Any]) -> Members | None:
        if found.get("type", "object") != "object":
            return None
        properties = {
            name: each
            for name, each in _map(found, "properties").items()
            if not _is_read_only(self.resolve(each))
        }
        is_open = found.get("additionalProperties", False) is not False
        required = set(map(str, _list(found, "required"))) & set(properties)
        return Members(
            properties, frozenset(required), is_open or "patternProperties" in found
        )

    def _converted_map(self, schemas: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self.convert(each)
            for name, each in schemas.items()
            if not _is_read_only(self.resolve(each))
        }

    def _without_read_only(self, kept: Schema, schema: Mapping[str, Any]) -> Schema:
        """Leave out of ``required`` what only answers hold."""
        if "properties" in kept and isinstance(kept.get("required"), list):
            gone = set(_map(schema, "properties")) - set(kept["properties"])
            required = [n for n in kept["required"] if str(n) not in gone]
            kept = {**kept, "required": required}
        return kept

    def _reference(self, schema: Mapping[str, Any]) -> Schema:
        reference = schema["$ref"]
        target = self._named(reference)
        name = self._name_of(reference)
        if name not in self.defs:
            self.defs[name] = True  # so that one that names itself comes to an end
            self.defs[name] = self.convert(target)
        beside = {word: each for word, each in schema.items() if word != "$ref"}
        kept = {} if self.is_old else self.convert(beside)
        return {"$ref": f"#/$defs/{name}", **kept}

    def _name_of(self, reference: str) -> str:
        """Return the definition's name, of which no other reference makes the same."""
        if reference not in self.names:
            plain = _UNSAFE.sub("_", reference.removeprefix("#/components/schemas/"))
            name, number = plain, 2
            while name in self.defs:
                name, number = f"{plain}_{number}", number + 1
            self.names[reference] = name
        return self.names[reference]

    def _named(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise Unreadable(OUTSIDE)
        part: Any = self.document
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(part, Mapping) or name not in part:
                raise Unreadable(NOWHERE)
            part = part[name]
        self.used[reference] = part
        return part


def _plainer(kept: Schema, schema: Mapping[str, Any], is_old: bool) -> Schema:
    if str(kept.get("format")) not in _FORMATS:
        kept.pop("format", None)
    if is_old:
        _modernise(kept, schema)
    for bound in _BOUNDS:
        # What no argument can exceed anyway has no exact form here.
        if isinstance(kept.get(bound), int | float) and abs(kept[bound]) > MAX_INTEGER:
            del kept[bound]
    return kept


def _modernise(kept: Schema, schema: Mapping[str, Any]) -> None:
    """Say in 2020-12 what 3.0 says its own way."""
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if kept.pop(exclusive, False) is True and bound in kept:
            kept[exclusive] = kept.pop(bound)
    if schema.get("nullable") is True and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
        if isinstance(kept.get("enum"), list) and None not in kept["enum"]:
            kept["enum"] = [*kept["enum"], None]


def _is_read_only(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("readOnly") is True


def _map(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    below = part.get(name)
    return below if isinstance(below, Mapping) else {}


def _list(part: Mapping[str, Any], name: str) -> list[Any]:
    below = part.get(name)
    return below if isinstance(below, list) else []
