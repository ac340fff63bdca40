"""An OpenAPI document as drafts of routes, one for each operation.  Pure.

``servers`` and ``securitySchemes`` are not looked at: where calls go is the backend's,
with which credential the lane's.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from audit.visible import visible
from governance.imports import (
    Proposal,
    SourceRefused,
    definition_digest,
    flat,
    hidden_text,
    snake,
    tool_name,
)
from governance.mapping import mapping_problems
from governance.schema import destination_names, schema_problems
from proxy.imports.definitions import definition_of
from proxy.imports.documents import read_document
from proxy.imports.inputs import Inputs, inputs_of
from proxy.imports.schemas import Budget, Schemas, Unreadable

MAX_OPERATIONS: Final = 2_000
METHODS: Final = ("get", "post", "put", "patch", "delete")
_DOMAIN: Final = b"sealwright/openapi-operation/v1"
_VERSIONS: Final = ("3.0.", "3.1.")
_TITLE: Final = 120
_DESCRIPTION: Final = 2_000
_STRICT: Final = {
    "separation": "strict",
    "decide_within_seconds": 3600,
    "execute_within_seconds": 900,
}


def openapi_proposals(
    raw: bytes, *, backend: str, names: Mapping[str, str], taken: frozenset[str]
) -> list[Proposal]:
    """Return a proposal for each operation of a document.

    ``names`` are the tools' names by operation, as they were proposed before; ``taken``
    are those that no new one may have.  Raises SourceRefused.
    """
    document = read_document(raw)
    is_old = _is_old(document)
    found = list(_operations(document))
    if not found:
        raise SourceRefused("The document describes no operation.")
    if len(found) > MAX_OPERATIONS:
        raise SourceRefused(f"The document has more than {MAX_OPERATIONS} operations.")
    used = {*map(flat, taken), *map(flat, names.values())}
    proposals, budget = [], Budget()
    for path, method, shared, operation in found:
        key = f"{method.upper()} {path}"
        tool = names.get(key) or tool_name(
            backend, _spelled(operation, key), is_taken=lambda name: flat(name) in used
        )
        used.add(flat(tool))
        schemas = Schemas(document, is_old=is_old, budget=budget)
        proposals.append(_proposal(key, tool, shared, operation, schemas))
    return proposals


def _is_old(document: Mapping[str, Any]) -> bool:
    version = str(document.get("openapi", ""))
    if not version.startswith(_VERSIONS):
        raise SourceRefused("Only OpenAPI 3.0 and 3.1 are read: `openapi` says which.")
    return version.startswith("3.0.")


def _operations(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, str, Any, Mapping[str, Any]]]:
    """Yield path, method, the path's own parameters and the operation."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if visible(path) != path:
            raise SourceRefused(f"The path {visible(path)[:200]} is not to be read.")
        try:
            found = Schemas(document, is_old=False).resolve(item)
        except Unreadable as error:
            raise SourceRefused(f"{path[:200]}: {error}") from error
        for method in METHODS if isinstance(found, dict) else ():
            if isinstance(found.get(method), dict):
                yield path, method, found.get("parameters"), found[method]


def _spelled(operation: Mapping[str, Any], key: str) -> str:
    own = operation.get("operationId")
    if isinstance(own, str) and own.strip():
        return snake(own)
    method, _, path = key.partition(" ")
    steps = [step.strip("{}") for step in path.split("/") if step]
    return snake("_".join([method, *steps]))


def _proposal(
    key: str,
    tool: str,
    shared: Any,
    operation: Mapping[str, Any],
    schemas: Schemas,
) -> Proposal:
    method, _, path = key.partition(" ")
    texts, notes, problems = _texts(operation, key)
    try:
        inputs = inputs_of(path, shared, operation, schemas)
    except Unreadable as error:
        inputs = Inputs()
        inputs.refuse("", str(error))
    definition = definition_of(key, shared, operation, schemas, inputs)
    if "" in inputs.problems:
        # Nothing that an admin changes will let it be published: so none of it is kept.
        inputs, schemas.defs = Inputs(problems=inputs.problems), {}
    privileged = method == "DELETE"
    if len(key) > 500:  # noqa: PLR2004 - the column's
        key = f"{key[:400]}… {definition_digest(_DOMAIN, key)[7:23]}"
    return Proposal(
        key=key,
        digest=definition_digest(_DOMAIN, definition),
        definition=definition,
        tool=tool,
        fields={
            **texts,
            "risk": "privileged" if privileged else "write",
            "approval_rule": "required",
            **(_STRICT if privileged else {}),
            "arguments_schema": inputs.arguments_schema(schemas.defs),
            "mapping": inputs.mapping(method),
        },
        problems={**problems, **inputs.problems},
        notes=(*notes, *inputs.notes, *_foreseen(inputs, method, schemas)),
    )


def _foreseen(inputs: Inputs, method: str, schemas: Schemas) -> Iterator[str]:
    """Say what saving will ask to be changed, as far as it is known by now."""
    schema = inputs.arguments_schema(schemas.defs)
    if found := schema_problems(schema):
        yield from (f"Arguments schema: {sentence}" for sentence in found)
        return
    for sentence in mapping_problems(inputs.mapping(method), schema):
        yield f"Request mapping: {sentence}"
    for name in destination_names(schema):
        yield f"“{name}” sounds like a destination or a power: is it plain data?"


def _texts(
    operation: Mapping[str, Any], key: str
) -> tuple[dict[str, str], list[str], dict[str, list[str]]]:
    """Return title and description, with notes and problems about them."""
    said = operation.get("summary") or operation.get("operationId") or key
    title, description = str(said), str(operation.get("description") or "")
    notes = ["The document calls it deprecated."] * bool(operation.get("deprecated"))
    problems = {}
    if hidden_text(title):
        title, problems["title"] = "", ["The document's text holds hidden characters."]
    if hidden_text(description):
        description = ""
        notes.append("The description was left out: it holds hidden characters.")
    cut = {"title": title[:_TITLE].strip(), "description": description[:_DESCRIPTION]}
    return cut, notes, problems
