"""The MCP face of the demo remote, at ``/mcp``: one tool, in both eras of the protocol.

It keeps no session: whoever opens one by ``initialize`` is answered as everybody else.
"""

import json
from typing import Any, Final

from governance.demo.remote.messages import Answer, Request
from governance.demo.remote.world import QUEUES, Endpoint, World

MODERN: Final = "2026-07-28"
LEGACY: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
_UNKNOWN_METHOD: Final = -32601
_INVALID_PARAMS: Final = -32602
_SEARCH: Final = {
    "name": "search_tickets",
    "title": "Search tickets",
    "description": "Finds the tickets of a queue that hold a text.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "queue": {"type": "string", "description": "The queue to look in."},
            "text": {"type": "string", "description": "What to look for."},
        },
        "required": ["queue"],
        "additionalProperties": False,
    },
    "annotations": {"readOnlyHint": True},
}


def converse(world: World, request: Request, _segments: list[str]) -> Answer:
    """``POST /mcp``: answer one JSON-RPC message."""
    message = request.content()
    if not isinstance(message, dict) or "method" not in message:
        return Answer(400, {"message": "Bad Request"})
    if "id" not in message:
        return Answer(202, None)
    is_modern = request.headers.get("mcp-protocol-version") == MODERN
    result = _result(world, message, is_modern=is_modern)
    if result is None:
        return _refused(message, _UNKNOWN_METHOD, 404 if is_modern else 200)
    if not result:
        return _refused(message, _INVALID_PARAMS, 400 if is_modern else 200)
    return Answer(200, {"jsonrpc": "2.0", "id": message["id"], "result": result})


def _result(
    world: World, message: dict[str, Any], *, is_modern: bool
) -> dict[str, Any] | None:
    """Return a result; None for an unknown method, {} for wrong parameters."""
    given = message.get("params")
    params = given if isinstance(given, dict) else {}
    known = {"resultType": "complete"} if is_modern else {}
    cached = {**known, "ttlMs": 0, "cacheScope": "private"} if is_modern else {}
    match message["method"]:
        case "server/discover" if is_modern:
            return {"supportedVersions": [MODERN], **_offer(), **cached}
        case "initialize" if not is_modern:
            asked = params.get("protocolVersion")
            version = asked if asked in LEGACY else LEGACY[0]
            named = {"serverInfo": {"name": "demo-remote", "version": "1"}}
            return {"protocolVersion": version, **_offer(), **named}
        case "tools/list":
            return {"tools": [_SEARCH], **cached}
        case "tools/call":
            found = _called(world, params)
            return {**found, **known} if found else {}
    return None


def _offer() -> dict[str, Any]:
    return {"capabilities": {"tools": {}}}


def _called(world: World, params: dict[str, Any]) -> dict[str, Any]:
    args = params.get("arguments")
    if params.get("name") != _SEARCH["name"] or not isinstance(args, dict):
        return {}
    queue, wanted = args.get("queue"), args.get("text", "")
    if queue not in QUEUES or not isinstance(wanted, str):
        return _said("There is no such queue.", isError=True)
    found = {"tickets": world.tickets(str(queue), wanted)}
    return _said(json.dumps(found), structuredContent=found)


def _said(text: str, **members: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], **members}


def _refused(message: dict[str, Any], code: int, status: int) -> Answer:
    error = {"code": code, "message": "Not offered"}
    answer = {"jsonrpc": "2.0", "id": message["id"], "error": error}
    return Answer(status, answer)


MCP: Final = Endpoint("POST", ("mcp",), "tickets-read", converse)
