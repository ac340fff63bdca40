"""A POST to ``/mcp`` as a message, and the frame of its answer.  Pure.

The era rule, the modern ladder and the shapes of every method that is served.  Headers
are compared with the body here, and then forgotten: nothing is chosen by one.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.arguments import JSON
from governance.decision import Reason
from proxy.mcp.message import (
    CAPABILITIES_KEY,
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    LEGACY,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    MODERN,
    OLDEST,
    PARSE_ERROR,
    SERVER_KEY,
    UNSUPPORTED_VERSION,
    VERSION_KEY,
    Era,
    Fault,
    Headers,
    Message,
    as_object,
)
from proxy.mcp.shapes import TASK_METHODS, bad_params, insist_on_shape

MAX_ID: Final = 200
_BASE64: Final = re.compile(r"=\?base64\?(.*)\?=", re.DOTALL)
_NAMED: Final = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}


@dataclass(slots=True)
class Reading:
    """How far a body was read: what an error answer can say of it."""

    id: str | int | None = None
    era: Era | None = None


def read(
    body: Mapping[str, JSON],
    headers: Headers,
    *,
    strict_tasks: bool = False,
    reading: Reading | None = None,
) -> Message:
    """Read a message: its form, its era, then what the era asks of it.  Raises Fault.

    ``strict_tasks`` asks for ``Mcp-Name`` on ``tasks/*``; ``reading`` is filled in on
    the way.
    """
    reading = reading or Reading()
    reading.id = _id(body)
    method = _form(body)
    params = body.get("params")
    if reading.id is None and method.startswith("notifications/"):
        return _notification(method, headers)
    if reading.id is None:
        raise Fault(
            INVALID_REQUEST,
            Reason.INVALID_REQUEST,
            f"A request has an id: a text of 1 to {MAX_ID} characters or an integer.",
        )
    reading.era = era_of(headers.version, as_object(as_object(params).get("_meta")))
    if reading.era is Era.MODERN:
        version = _ladder(method, params, headers, strict_tasks=strict_tasks)
    else:
        version = headers.version or OLDEST
        _agree(method, as_object(params), headers)
    insist_on_shape(method, version, params)
    return Message(reading.id, method, reading.era, version, as_object(params))


def _id(body: Mapping[str, JSON]) -> str | int | None:
    value = body.get("id")
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, str) and 0 < len(value) <= MAX_ID):
        return value
    return None


def _form(body: Mapping[str, JSON]) -> str:
    method = body.get("method")
    if body.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise Fault(
            INVALID_REQUEST,
            Reason.INVALID_REQUEST,
            "The body has to be one JSON-RPC 2.0 request.",
        )
    if "id" in body and _id(body) is None:
        raise Fault(
            INVALID_REQUEST,
            Reason.INVALID_REQUEST,
            f"An id is a text of 1 to {MAX_ID} characters or an integer.",
        )
    return method


def _notification(method: str, headers: Headers) -> Message:
    """Read a notification: nothing of it is looked at but its version."""
    version = headers.version
    if version == MODERN:
        return Message(None, method, Era.MODERN, MODERN)
    if version is not None and version not in LEGACY:
        raise _unsupported(version)
    return Message(None, method, Era.LEGACY, version or OLDEST)


def era_of(version: str | None, meta: Mapping[str, JSON]) -> Era:
    """Tell the era from the header and the body's own version.

    Raises Fault where the two contradict each other.
    """
    inside = meta.get(VERSION_KEY)
    if version is None:
        if VERSION_KEY in meta:
            raise _mismatch("MCP-Protocol-Version")
        return Era.LEGACY
    if version in LEGACY:
        if inside == MODERN:
            raise _mismatch("MCP-Protocol-Version")
        return Era.LEGACY
    return Era.MODERN


def _ladder(method: str, params: JSON, headers: Headers, *, strict_tasks: bool) -> str:
    meta = as_object(params).get("_meta")
    if not isinstance(meta, dict):
        raise bad_params("params._meta has to be an object.")
    missing = [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in meta]
    if missing:
        raise bad_params(f"params._meta lacks {', '.join(missing)}.")
    version = meta[VERSION_KEY]
    if headers.version != version:
        raise _mismatch("MCP-Protocol-Version")
    if headers.method != method:
        raise _mismatch("Mcp-Method")
    _agree_on_name(
        method,
        as_object(params),
        headers,
        required=strict_tasks or method not in TASK_METHODS,
    )
    if version != MODERN:
        raise _unsupported(str(version))
    return MODERN


def _agree(method: str, params: Mapping[str, JSON], headers: Headers) -> None:
    """Compare what a legacy client did not have to send, and sent."""
    if headers.method is not None and headers.method != method:
        raise _mismatch("Mcp-Method")
    _agree_on_name(method, params, headers, required=False)


def _agree_on_name(
    method: str, params: Mapping[str, JSON], headers: Headers, *, required: bool
) -> None:
    member = _NAMED.get(method)
    inside = None if member is None else params.get(member)
    if inside is None or (headers.name is None and not required):
        return
    if headers.name is None or decoded(headers.name) != inside:
        raise _mismatch("Mcp-Name")


def decoded(value: str) -> str | None:
    """Return a header's value, out of ``=?base64?…?=`` if it is in it.

    None for what is not the one canonical form: two readings must not be possible.
    """
    found = _BASE64.fullmatch(value)
    if found is None:
        return value
    try:
        raw = base64.b64decode(found[1], validate=True)
        return raw.decode() if base64.b64encode(raw).decode() == found[1] else None
    except (binascii.Error, ValueError):
        return None


def _mismatch(header: str) -> Fault:
    message = f"The header {header} does not agree with the body."
    return Fault(HEADER_MISMATCH, Reason.HEADER_MISMATCH, message)


def _unsupported(version: str) -> Fault:
    return Fault(
        UNSUPPORTED_VERSION,
        Reason.UNSUPPORTED_VERSION,
        "Unsupported protocol version",
        data={"supported": [MODERN], "requested": version[:MAX_ID]},
    )


_STATUS: Final = {
    PARSE_ERROR: 400,
    INVALID_REQUEST: 400,
    HEADER_MISMATCH: 400,
    MISSING_CAPABILITY: 400,
    UNSUPPORTED_VERSION: 400,
}
_MODERN_STATUS: Final = {
    **_STATUS,
    METHOD_NOT_FOUND: 404,
    INVALID_PARAMS: 400,
    INTERNAL_ERROR: 503,
}


def status_of(code: int, era: Era | None) -> int:
    """Return the HTTP status of an error; a code above 0 is one itself.

    A request whose era is not known yet is answered as a modern one.
    """
    if code > 0:
        return code
    return (_STATUS if era is Era.LEGACY else _MODERN_STATUS).get(code, 200)


def dressed(
    members: Mapping[str, object], *, era: Era, server: Mapping[str, object]
) -> dict[str, object]:
    """Add to a result what its era carries; the rest of a result is the same."""
    if era is Era.LEGACY:
        return dict(members)
    own = members.get("_meta")
    meta = {**(own if isinstance(own, dict) else {}), SERVER_KEY: dict(server)}
    return {"resultType": "complete", **members, "_meta": meta}
