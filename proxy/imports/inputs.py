"""What one operation takes, as arguments and places in a request.  Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.imports import argument_name
from governance.schema.walk import resolved
from proxy.imports.schemas import Schemas, Unreadable

MAX_SEGMENT: Final = 200
_JSON: Final = re.compile(r"application/(?:[^;\s/]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_PLACE: Final = re.compile(r"\{([^{}]+)\}")
# The transport's and the lane's, whatever a document says of them (OpenAPI, 4.8.12).
_NOT_INPUTS: Final = frozenset({"accept", "content-type", "authorization"})
_PLAIN: Final = frozenset({"string", "integer", "number", "boolean"})


@dataclass(slots=True)
class Inputs:
    """Arguments by name, and where each goes; what could not be placed, and why."""

    arguments: dict[str, Any] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    path: str = "/"
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    problems: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def refuse(self, name: str, sentence: str) -> None:
        """Keep the draft from being published until a field is changed."""
        said = self.problems.setdefault(name, [])
        if sentence not in said:
            said.append(sentence)

    def take(self, name: str, schema: Any, *, required: bool, what: str) -> str | None:
        """Make an argument; its placeholder, or None if the name is taken."""
        argument = argument_name(name)[:60]
        if argument in self.arguments:
            self.refuse(
                "arguments_schema",
                f"Two inputs would be the argument “{argument}”. The {what} is left"
                " out: give it a name of its own.",
            )
            return None
        self.arguments[argument] = schema
        self.required += [argument] if required else []
        return f"{{{argument}}}"

    def arguments_schema(self, defs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of the arguments; what it refers to comes with it."""
        schema = {
            "type": "object",
            "properties": self.arguments,
            "required": self.required,
            "additionalProperties": False,
        }
        return {**schema, "$defs": dict(defs)} if defs else schema

    def mapping(self, method: str) -> dict[str, Any]:
        """Return the request mapping."""
        mapped: dict[str, Any] = {"method": method, "path": self.path}
        if self.query:
            mapped["query"] = self.query
        if self.body is not None:
            mapped["body"] = self.body
        return mapped


def inputs_of(
    path: str, shared: Any, operation: Mapping[str, Any], schemas: Schemas
) -> Inputs:
    """Take path, query and body apart.  Raises Unreadable."""
    inputs, places = Inputs(), {}
    for parameter in _parameters(shared, operation.get("parameters"), schemas):
        kind, name = parameter["in"], parameter["name"]
        if kind == "path":
            places[name] = _path_argument(name, parameter, inputs, schemas)
        elif kind == "query":
            _query(name, parameter, inputs, schemas)
        else:
            _unplaced(kind, name, parameter, inputs)
    inputs.path = _PLACE.sub(lambda found: _filled(found[1], places, inputs), path)
    if "requestBody" in operation:
        _body(schemas.resolve(operation["requestBody"]), inputs, schemas)
    return inputs


def _parameters(shared: Any, own: Any, schemas: Schemas) -> Iterator[Mapping[str, Any]]:
    """Yield the parameters; one of the operation's own replaces a shared one."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for declared in (shared, own):
        for each in declared if isinstance(declared, list) else ():
            parameter = schemas.resolve(each)
            if not isinstance(parameter, Mapping):
                raise Unreadable("A parameter in the document is not an object.")
            place, name = parameter.get("in"), parameter.get("name")
            if not (isinstance(place, str) and isinstance(name, str)):
                raise Unreadable("A parameter in the document has no name or place.")
            found[(place, name)] = parameter
    yield from found.values()


def _schema_of(parameter: Mapping[str, Any], schemas: Schemas) -> Any:
    if "schema" not in parameter:
        raise Unreadable(
            f"The parameter “{parameter.get('name')}” has no plain schema."
        )
    schema = schemas.convert(parameter["schema"])
    said = parameter.get("description")
    if isinstance(schema, dict) and isinstance(said, str):
        schema = {"description": said[:500], **schema}
    return _without_null(schema)


def _without_null(schema: Any) -> Any:
    """Take null from what a parameter may be: no path and no query can hold it."""
    kinds = schema.get("type") if isinstance(schema, dict) else None
    if not isinstance(kinds, list):
        return schema
    left = [kind for kind in kinds if kind != "null"]
    kept = {**schema, "type": left[0] if len(left) == 1 else left}
    if isinstance(kept.get("enum"), list):
        kept["enum"] = [each for each in kept["enum"] if each is not None]
    return kept


def _path_argument(
    name: str, parameter: Mapping[str, Any], inputs: Inputs, schemas: Schemas
) -> str | None:
    schema = _schema_of(parameter, schemas)
    if isinstance(schema, dict) and _is_boundless(schema):
        schema = {**schema, "maxLength": MAX_SEGMENT}
    return inputs.take(name, schema, required=True, what=f"path parameter “{name}”")


def _is_boundless(schema: Mapping[str, Any]) -> bool:
    bounded = ("pattern", "maxLength", "enum", "const")
    return schema.get("type") == "string" and not any(w in schema for w in bounded)


def _filled(name: str, places: Mapping[str, str | None], inputs: Inputs) -> str:
    if name not in places:
        inputs.refuse("mapping", f"The path names “{name}”, which is no parameter.")
    return places.get(name) or f"{{{argument_name(name)}}}"


def _query(
    name: str, parameter: Mapping[str, Any], inputs: Inputs, schemas: Schemas
) -> None:
    required = parameter.get("required") is True
    schema = _schema_of(parameter, schemas) if "schema" in parameter else None
    if not _is_plain(schema, schemas):
        if required:
            inputs.refuse(
                "mapping", f"The query needs “{name}”, which is no plain value."
            )
        else:
            inputs.notes.append(f"Left out: the query's “{name}”, no plain value.")
        return
    place = inputs.take(name, schema, required=required, what=f"query's “{name}”")
    if place:
        inputs.query[name] = place


def _is_plain(schema: Any, schemas: Schemas) -> bool:
    if not isinstance(schema, dict):
        return False
    schema = resolved(schema, {"$defs": schemas.defs})
    kind = schema.get("type", "string" if "enum" in schema else None)
    return isinstance(kind, str) and kind in _PLAIN


def _unplaced(
    kind: str, name: str, parameter: Mapping[str, Any], inputs: Inputs
) -> None:
    """Refuse required headers and cookies: no argument reaches one."""
    if kind == "header" and name.lower() in _NOT_INPUTS:
        return
    if parameter.get("required") is True:
        inputs.refuse(
            "mapping",
            f"It needs the {kind} “{name}”, which no argument can fill. Write a fixed"
            " value into `headers`, or let the lane lend it.",
        )
    else:
        inputs.notes.append(f"Left out: the {kind} “{name}”.")


def _body(body: Any, inputs: Inputs, schemas: Schemas) -> None:
    content = body.get("content") if isinstance(body, Mapping) else None
    kinds = list(content) if isinstance(content, Mapping) else []
    kind = next((each for each in kinds if _JSON.fullmatch(str(each))), None)
    if kind is None or not isinstance(content, Mapping):
        told = ", ".join(map(str, kinds))[:200] or "of no declared type"
        inputs.refuse("mapping", f"Its body is {told}. Sealwright sends JSON only.")
        return
    schema = content[kind].get("schema") if isinstance(content[kind], Mapping) else None
    members = schemas.members(schema)
    if members is None:
        _whole_body(schema, inputs, schemas)
    elif members.is_open or not members.properties:
        inputs.refuse(
            "arguments_schema",
            "Its body may hold any member. Declare those that agents may send, and put"
            " them into `body`.",
        )
    if members is not None and members.properties:
        inputs.body = {}
        for name, each in members.properties.items():
            _member(name, each, name in members.required, inputs, schemas)


def _member(
    name: str, schema: Any, required: bool, inputs: Inputs, schemas: Schemas
) -> None:
    place = inputs.take(
        name, schemas.convert(schema), required=required, what=f"body's “{name}”"
    )
    if place:
        inputs.body[name] = place


def _whole_body(schema: Any, inputs: Inputs, schemas: Schemas) -> None:
    """Make one argument of a body that lists no members, if it is bounded at all."""
    converted = schemas.convert(schema) if schema is not None else True
    kind = converted.get("type") if isinstance(converted, dict) else None
    if kind is None or kind == "object":
        inputs.refuse(
            "arguments_schema",
            "Its body has no plain list of members. Declare what agents may send, and"
            " put it into `body`.",
        )
        return
    inputs.body = inputs.take("body", converted, required=True, what="body")
