"""Tools as MCP lists them, and the names that they are called by."""

import base64
from collections.abc import Iterator, Mapping
from typing import Final

from django.conf import settings

from governance.arguments import JSON
from governance.policy import Principal, RouteFacts, agent_policy, refresh
from proxy.mcp.answers import Json
from proxy.mcp.shapes import bad_params
from proxy.waiting import MAX_WAIT_SECONDS

STATUS_TOOL: Final = "approval_status"
PAGE: Final = 100
_MAX_CURSOR: Final = 200
_ASKS: Final = "A person has to approve each call."
_READ: Final = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": True,
}
_CHANGE: Final = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": True,
}
STATUS: Final[Json] = {
    "name": STATUS_TOOL,
    "title": "Status of an approval",
    "description": (
        "Says whether a person has approved a call of yours that answered"
        " APPROVAL_REQUIRED. Waits up to wait_seconds for a change."
    ),
    "inputSchema": {
        "type": "object",
        "properties": {
            "approval_id": {"type": "string", "maxLength": 40},
            "wait_seconds": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_WAIT_SECONDS,
                "default": 0,
            },
        },
        "required": ["approval_id"],
        "additionalProperties": False,
    },
    "annotations": {**_READ, "openWorldHint": False},
}


def flat(tool: str) -> str:
    """Write a route's name without dots: one dotted name can break a whole chat."""
    return tool.replace(".", "_")


def listed_name(tool: str) -> str:
    """Return the name under which a route is listed."""
    return tool if settings.MCP_TOOL_NAMES == "route" else flat(tool)


def route_name(name: str, principal: Principal) -> str:
    """Return the route's name for either spelling; the name itself if it is of none.

    Publishing refuses two routes that are equal once flat, so it is never a choice.
    """
    if name in principal.grants:
        return name
    found = _granted(name, principal)
    if found is None:
        # A tool that was granted since this process looked has its flat name, too.
        current = refresh(principal)
        found = None if current is None else _granted(name, current)
    return found or name


def _granted(name: str, principal: Principal) -> str | None:
    return next((tool for tool in principal.grants if flat(tool) == name), None)


def page_of(principal: Principal, cursor: str | None) -> Json:
    """Return a page of what the agent may ask for, in name order.

    Raises Fault for a cursor that is none of ours.
    """
    after = "" if cursor is None else _after(cursor)
    tools = dict(_tools(principal))
    names = sorted(name for name in tools if name > after)
    shown: Json = {"tools": [tools[name] for name in names[:PAGE]]}
    if len(names) > PAGE:
        shown["nextCursor"] = _cursor(names[PAGE - 1])
    return shown


def _tools(principal: Principal) -> Iterator[tuple[str, Json]]:
    asks = False
    for route in agent_policy(principal).values():
        if not route.is_suspended:
            asks = asks or route.approval_required
            yield listed_name(route.tool), _tool(route)
    if asks:
        yield STATUS_TOOL, STATUS


def _tool(route: RouteFacts) -> Json:
    said = [route.description] if route.description else []
    said += [_ASKS] if route.approval_required else []
    rule = "required" if route.approval_required else "not_required"
    about = {"risk": str(route.risk), "approval": rule}
    return {
        "name": listed_name(route.tool),
        "title": route.title,
        "description": " ".join(said),
        "inputSchema": without_headers(dict(route.arguments_schema)),
        "annotations": _READ if route.risk == "read" else _CHANGE,
        "_meta": {"sealwright/tool": about},
    }


def without_headers(schema: object) -> object:
    """Return a schema without ``x-mcp-header`` at any depth, else unchanged.

    Under ``properties`` it is the name of a parameter, and stays.
    """
    if isinstance(schema, list):
        return [without_headers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without(name, value)
        for name, value in schema.items()
        if name != "x-mcp-header"
    }


_NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_DATA: Final = frozenset({"const", "default", "enum", "examples"})


def _without(name: str, value: object) -> object:
    if name in _DATA:
        return value
    if name in _NAMED and isinstance(value, Mapping):
        return {each: without_headers(schema) for each, schema in value.items()}
    return without_headers(value)


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _after(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name = base64.b64decode(padded.encode(), altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise bad_params("The cursor is none of ours.") from error
    if len(cursor) > _MAX_CURSOR or _cursor(name) != cursor:
        raise bad_params("The cursor is none of ours.")
    return name


def text_param(params: Mapping[str, JSON], name: str) -> str | None:
    """Return a text of the params, which the protocol's shape has checked."""
    value = params.get(name)
    return value if isinstance(value, str) else None
