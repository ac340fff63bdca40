"""The HTTP door of ``/mcp``: its checks in their order (docs/mcp.md).

What passes here is a message of an agent; what is allowed is judged on the one road.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.context import current, use
from governance.arguments import JSON, MAX_BYTES, InvalidJson, parse_json
from governance.decision import Reason
from governance.errors import Denied, Problem
from governance.operations.counting import observe_refusal
from governance.policy import Principal
from governance.requests import parse_traceparent
from proxy.authentication import fresh, identify
from proxy.limits import refuse_busy_agent
from proxy.mcp import handles
from proxy.mcp.exchange import SERVER, Exchange, Reply
from proxy.mcp.failures import ALLOWED, failed, rendered
from proxy.mcp.message import (
    CAPABILITIES_KEY,
    INVALID_REQUEST,
    Client,
    Era,
    Fault,
    Headers,
    Message,
)
from proxy.mcp.methods import METHODS
from proxy.mcp.visit import Visit
from proxy.mcp.wire import dressed, read
from proxy.models import McpSession
from proxy.rest.parameters import SESSION_HEADER
from proxy.rest.wire import accepts_json, is_json
from proxy.telemetry import DoorSpan, at_the_door

HANDLE_HEADER: Final = "Mcp-Session-Id"
_NOT_ONE: Final = "The body has to be one JSON-RPC request; there are no batches here."


def serve(request: HttpRequest, *, now: datetime) -> HttpResponse:
    """Answer one request, whatever becomes of it."""
    visit = Visit(request, now)
    try:
        _refuse_other_origins(request)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ALLOWED})
        _refuse_other_methods(request)
        principal = _identified(visit)
        if request.method == "DELETE":
            return _closed(visit, principal)
        message = _message(visit)
        session = _handle(visit, principal, message)
        if session is not None and visit.header("MCP-Protocol-Version") is None:
            message = replace(message, version=session.version)
    except Exception as error:  # noqa: BLE001 - each is told as a problem or unavailable
        return failed(error, visit)
    with _trace_of(message), at_the_door() as span:
        return _answered(visit, principal, message, session, span=span)


def _refuse_other_origins(request: HttpRequest) -> None:
    """Refuse pages of other sites: a browser could reach what only we can (rebinding).

    Programs send no ``Origin``; ``null`` is nobody's.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = f"{request.scheme}://{request.get_host()}"
    if origin != own and origin not in settings.MCP_ALLOWED_ORIGINS:
        raise Problem(Reason.ORIGIN_REFUSED)


def _refuse_other_methods(request: HttpRequest) -> None:
    if request.method not in {"POST", "DELETE"}:
        raise Problem(Reason.METHOD_NOT_ALLOWED)


def _identified(visit: Visit) -> Principal:
    visit.was_asked_who = True
    principal = identify(visit.header("Authorization") or "", now=visit.now)
    visit.principal = principal
    try:
        refuse_busy_agent(principal, now=visit.now)
    except Denied as limited:
        visit.limited = limited
    if principal.tenant_suspended or principal.agent_suspended:
        principal = fresh(principal)  # what this process remembers may be over
    return principal


def _closed(visit: Visit, principal: Principal) -> HttpResponse:
    """End a legacy handle; the agent's session goes on."""
    if visit.limited is not None:
        raise visit.limited
    handle = visit.header(HANDLE_HEADER)
    if handle is None:
        raise Problem(Reason.METHOD_NOT_ALLOWED)
    handles.close(handle, principal, now=visit.now)
    return HttpResponse(status=204)


def _message(visit: Visit) -> Message:
    request = visit.request
    if not is_json(request.META):
        raise Problem(Reason.UNSUPPORTED_MEDIA_TYPE)
    if not accepts_json(request.META):
        raise Problem(Reason.NOT_ACCEPTABLE)
    return read(
        _body(request),
        Headers(
            version=visit.header("MCP-Protocol-Version"),
            method=visit.header("Mcp-Method"),
            name=visit.header("Mcp-Name"),
        ),
        strict_tasks=settings.MCP_TASK_NAME_HEADER != "lenient",
        reading=visit.reading,
    )


def _body(request: HttpRequest) -> dict[str, JSON]:
    """Read one object.  Raises Problem, or Fault for JSON that is something else."""
    raw = request.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise Problem(Reason.BODY_TOO_LARGE)
    try:
        return parse_json(raw)
    except InvalidJson as error:
        if _is_other_json(raw):
            raise Fault(INVALID_REQUEST, Reason.INVALID_REQUEST, _NOT_ONE) from error
        raise Problem(Reason.INVALID_JSON, error.message) from error


def _is_other_json(raw: bytes) -> bool:
    # As the one member of an object: bytes that close it themselves add a second one.
    try:
        members = parse_json(b'{"it":' + raw + b"}", max_bytes=len(raw) + 8)
    except InvalidJson:
        return False
    return len(members) == 1 and not isinstance(members["it"], dict)


def _handle(visit: Visit, principal: Principal, message: Message) -> McpSession | None:
    handle = visit.header(HANDLE_HEADER)
    is_asked = message.era is Era.LEGACY and message.method != "initialize"
    if handle is None or not is_asked:
        return None
    return handles.find(handle, principal, now=visit.now)


@contextmanager
def _trace_of(message: Message) -> Iterator[None]:
    """Continue the trace that the message names; it wins over the header's."""
    named = message.meta.get("traceparent")
    found = parse_traceparent(named) if isinstance(named, str) else None
    if found is None:
        yield
        return
    trace_id, parent_span_id = found
    context = replace(current(), trace_id=trace_id, parent_span_id=parent_span_id)
    with use(context):
        yield


def _answered(
    visit: Visit,
    principal: Principal,
    message: Message,
    session: McpSession | None,
    *,
    span: DoorSpan,
) -> HttpResponse:
    span.is_about(message.method, message.version, _tool(message))
    try:
        reply = _reply(visit, principal, message, session)
    except Exception as error:  # noqa: BLE001 - as above
        response = failed(error, visit)
        span.failed(str(visit.error_code))
        return response
    if reply.reason is not None:
        observe_refusal(reply.reason)
    if reply.result.get("isError") or reply.error:
        span.failed("tool_error")
    return _rendered(reply, message)


def _tool(message: Message) -> str:
    name = message.params.get("name") if message.method == "tools/call" else None
    return name[:100] if isinstance(name, str) else ""


def _reply(
    visit: Visit, principal: Principal, message: Message, session: McpSession | None
) -> Reply:
    exchange = Exchange(
        principal=principal,
        message=message,
        client=_client(message, session),
        label=visit.header(SESSION_HEADER) or "",
        request_id=visit.request_id,
        now=visit.now,
    )
    limited, visit.limited = visit.limited, None
    if limited is not None:
        if message.method != "tools/call":
            raise limited
        return exchange.refuses(Problem.of(limited))
    if message.id is None:
        return Reply()
    return METHODS[message.method](exchange)


def _client(message: Message, session: McpSession | None) -> Client:
    if message.era is Era.MODERN:
        return Client.of(message.meta.get(CAPABILITIES_KEY))
    # An older revision has no tasks, whatever its client says: nobody would follow one.
    declared = Client() if session is None else Client.of(session.capabilities)
    return replace(declared, tasks=False)


def _rendered(reply: Reply, message: Message) -> HttpResponse:
    if message.id is None:
        return HttpResponse(status=202)
    body: dict[str, object] = {"jsonrpc": "2.0", "id": message.id}
    if reply.error is None:
        body["result"] = dressed(reply.result, era=message.era, server=SERVER)
    else:
        body["error"] = reply.error
    return rendered(body, headers=reply.headers)
