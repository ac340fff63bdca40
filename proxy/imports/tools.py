"""Tools of an upstream MCP server: drafts of routes, pins and differences.  Pure.

A pin is what the server said of a tool when its route was published.  It stands in the
mapping of the route's version, hence in its digest and in every fingerprint.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from governance.imports import (
    Proposal,
    definition_digest,
    differing_pointers,
    flat,
    hidden_text,
    tool_name,
)
from governance.schema import destination_names, schema_problems
from governance.schema.problems import DIALECT
from governance.schema.walk import members, subschemas

MAX_DEFINITION_BYTES: Final = 131_072
_DOMAIN: Final = b"sealwright/upstream-tool/v1"
_TEXT_DOMAIN: Final = b"sealwright/upstream-tool-text/v1"
_WORKING: Final = ("name", "inputSchema", "outputSchema")
_TEXTS: Final = ("title", "description", "annotations")
_HEADER: Final = "x-mcp-header"
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, 5.6.2
_PRIMITIVE: Final = frozenset({"string", "integer", "number", "boolean"})
_TITLE: Final = 120
_DESCRIPTION: Final = 2_000
_STRICT: Final = {
    "separation": "strict",
    "decide_within_seconds": 3600,
    "execute_within_seconds": 900,
}

Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a tool differs from its pin; ``text`` is for people only."""

    kind: Literal["same", "text", "changed", "gone"]
    found: str = ""
    pointers: tuple[str, ...] = ()


def working_digest(definition: Definition) -> str:
    """Return the digest of what a call depends on."""
    return definition_digest(_DOMAIN, _part(definition, _WORKING))


def text_digest(definition: Definition) -> str:
    """Return the digest of what people and models read."""
    return definition_digest(_TEXT_DOMAIN, _part(definition, _TEXTS))


def difference(pin: Mapping[str, Any], now: Definition | None) -> Difference:
    """Compare a tool, as it is listed now, with the pin of a route's version.

    The pinned definition is digested anew: what stands beside it is for people.
    """
    pinned = pin.get("definition")
    if now is None or not isinstance(pinned, Mapping):
        return Difference("gone")
    for kind, names, digest in (
        ("changed", _WORKING, working_digest),
        ("text", _TEXTS, text_digest),
    ):
        if digest(pinned) != digest(now):
            places = differing_pointers(_part(pinned, names), _part(now, names))
            return Difference(kind, digest(now), tuple(places))  # type: ignore[arg-type]  # one of the two
    return Difference("same", working_digest(now))


def pin_of(definition: Definition) -> dict[str, Any]:
    """Return the pin of a tool."""
    kept = _kept(definition)
    return {
        "digest": working_digest(kept),
        "text_digest": text_digest(kept),
        "definition": kept,
    }


def tool_proposals(
    tools: Iterable[Definition],
    *,
    backend: str,
    names: Mapping[str, str],
    taken: frozenset[str],
) -> list[Proposal]:
    """Return a proposal for each tool.

    ``names`` are the tools' names of ours by the upstream's, as they were proposed
    before; ``taken`` are those that no new one may have.
    """
    used = {*map(flat, taken), *map(flat, names.values())}
    proposals = []
    for tool in tools:
        name = str(tool["name"])
        own = names.get(name) or tool_name(
            backend, name, is_taken=lambda each: flat(each) in used
        )
        used.add(flat(own))
        proposals.append(_proposal(own, tool))
    return proposals


def _proposal(own: str, tool: Definition) -> Proposal:
    pin = pin_of(tool)
    annotations = tool.get("annotations")
    hints: Mapping[str, Any] = annotations if isinstance(annotations, dict) else {}
    privileged = hints.get("destructiveHint") is True
    schema, problems = _arguments(tool["inputSchema"])
    texts, notes = _texts(tool, hints, problems)
    foreseen = [f"Arguments schema: {said}" for said in schema_problems(schema)]
    return Proposal(
        key=str(tool["name"]),
        digest=definition_digest(_DOMAIN, pin["definition"]),
        definition=pin["definition"],
        tool=own,
        fields={
            **texts,
            "risk": "privileged" if privileged else "write",
            "approval_rule": "required",
            **(_STRICT if privileged else {}),
            "arguments_schema": schema,
            "mapping": {"tool": str(tool["name"]), "pin": pin},
        },
        problems=problems,
        notes=(*notes, *foreseen, *_suspicious(schema, foreseen)),
    )


def _suspicious(schema: Mapping[str, Any], foreseen: list[str]) -> Iterator[str]:
    for name in destination_names(dict(schema)) if not foreseen else ():
        yield f"“{name}” sounds like a destination or a power: is it plain data?"


def _texts(
    tool: Definition, hints: Mapping[str, Any], problems: dict[str, list[str]]
) -> tuple[dict[str, str], list[str]]:
    """Return title and description for the admin to read, and notes."""
    title = str(tool.get("title") or hints.get("title") or tool["name"])
    description, notes = str(tool.get("description") or ""), []
    if hints.get("readOnlyHint") is True:
        notes.append("The server says that it only reads. That lowers nothing here.")
    if hidden_text(title):
        title = ""
        problems["title"] = ["The server's text holds hidden characters."]
    if hidden_text(description):
        description = ""
        notes.append("The description was left out: it holds hidden characters.")
    cut = {"title": title[:_TITLE].strip(), "description": description[:_DESCRIPTION]}
    return cut, notes


def _arguments(
    given: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the arguments' schema, closed at the top, and what forbids to use it."""
    said: list[str] = []
    schema = _stripped(dict(given))
    if schema.get("$schema", DIALECT) != DIALECT:
        said.append("The server writes the schema in another dialect than 2020-12.")
    if schema.setdefault("additionalProperties", False) is not False:
        said.append("The server takes arguments that the schema does not name.")
    problems = {"arguments_schema": said} if said else {}
    if wrong := _header_problem(given):
        problems[""] = [wrong]
    return schema, problems


def _stripped(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _stripped(each) for name, each in part.items() if name != _HEADER}
    return [_stripped(each) for each in part] if isinstance(part, list) else part


def _header_problem(schema: Mapping[str, Any]) -> str:
    """Say what is wrong where arguments have to be repeated in headers."""
    seen: set[str] = set()
    for _at, part in subschemas(dict(schema)):
        for below in members(part, "properties").values():
            name = below.get(_HEADER) if isinstance(below, dict) else None
            if name is None:
                continue
            if not (isinstance(name, str) and _TOKEN.fullmatch(name)):
                return "The server wants an argument in a header of no valid name."
            if below.get("type") not in _PRIMITIVE or name.lower() in seen:
                return "The server wants a list or two arguments in one header."
            seen.add(name.lower())
    return ""


def _part(definition: Definition, names: Iterable[str]) -> dict[str, Any]:
    return {name: definition.get(name) for name in names}


def _kept(definition: Definition) -> dict[str, Any]:
    names = (*_WORKING, *_TEXTS)
    return {name: definition[name] for name in names if name in definition}
