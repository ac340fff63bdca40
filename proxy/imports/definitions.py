"""What a document says of one operation's request, to be kept and compared.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from governance.arguments import MAX_INTEGER, InvalidJson, canonical
from proxy.imports.inputs import Inputs
from proxy.imports.schemas import Schemas, Unreadable

MAX_BYTES: Final = 131_072


def definition_of(
    key: str,
    shared: Any,
    operation: Mapping[str, Any],
    schemas: Schemas,
    inputs: Inputs,
) -> dict[str, Any]:
    """Return what the document says of the request, with all that it refers to."""
    own = ("operationId", "summary", "description", "parameters", "requestBody")
    said = {name: operation[name] for name in own if name in operation}
    request = [shared, said.get("parameters"), said.get("requestBody")]
    try:
        named = schemas.named_below(request)
        parts = {name: _request_part(schemas.used[name]) for name in named}
    except Unreadable as error:
        inputs.refuse("", str(error))
        parts = {}
    definition = {
        "operation": key,
        "shared": _request_part(shared),
        "said": _request_part(said),
        "parts": parts,
    }
    return _bounded(definition, inputs)


def _bounded(definition: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    try:
        if len(canonical(definition)) <= MAX_BYTES:
            return definition
        why = "The operation is described by more than 128 KiB."
    except InvalidJson:
        why = "The operation's description holds what JSON can't."
    inputs.refuse("", why)
    return {"operation": definition["operation"], "left_out": why}


def _request_part(part: Any, *, keeps_all: bool = False) -> Any:
    """Return what of a definition bears on a request, with storable numbers.

    Without examples and extensions, so that a digest changes when a request does;
    ``keeps_all`` where the names are those of an object's members.
    """
    if isinstance(part, Mapping):
        return {
            str(name): _request_part(each, keeps_all=name == "properties")
            for name, each in part.items()
            if keeps_all or not _is_remark(str(name))
        }
    if isinstance(part, list):
        return [_request_part(each) for each in part]
    is_long = type(part) in (int, float) and abs(part) > MAX_INTEGER
    return str(part) if is_long else part


def _is_remark(name: str) -> bool:
    remarks = ("example", "examples", "externalDocs", "xml")
    return name in remarks or name.startswith("x-")
