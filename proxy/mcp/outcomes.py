"""What became of a call, as a result of ``tools/call``."""

from dataclasses import dataclass
from typing import Self

from governance.decision import Reason
from governance.models import Backend
from governance.policy import BackendFacts, find_route
from proxy.asking import Ended
from proxy.backends.answers import result_body
from proxy.mcp import answers
from proxy.mcp.answers import Json
from proxy.mcp.exchange import Exchange, Reply
from proxy.models import Call
from proxy.rest import rendering


@dataclass(frozen=True, slots=True)
class Behind:
    """What of a backend decides how its answer is told."""

    is_mcp: bool
    max_bytes: int

    @classmethod
    def of(cls, backend: BackendFacts | Backend) -> Self:
        """Return what of a backend is of interest here."""
        return cls(backend.kind == "mcp", backend.max_response_bytes)


def ended(told: Ended, exchange: Exchange, *, behind: Behind | None) -> Reply:
    """Tell how a call ended; ``behind`` is where it went, if it is known."""
    call = _call(told)
    if told.reason is None:
        reply = Reply(_completed(told, call, exchange, behind=behind))
    else:
        reply = _failed(told, call, exchange, behind=behind)
    if not told.replayed:
        return reply
    row = Call.objects.filter(pk=told.call_id).values_list("finished_at", flat=True)
    shown = answers.replayed(
        reply.result, call_id=told.call_id, at=rendering.moment(row.first())
    )
    return Reply(shown, reason=reply.reason)


def _call(told: Ended) -> Json:
    return {
        "call_id": told.call_id,
        "session_id": told.session_id,
        "claim_id": told.claim_id,
        "approval_id": told.approval_id,
        "scope": told.scope,
        "replayed": told.replayed,
    }


def _completed(
    told: Ended, call: Json, exchange: Exchange, *, behind: Behind | None
) -> Json:
    if behind is not None and behind.is_mcp and told.body is not None:
        body = result_body(told.body, told.content_type)
        passed = answers.passed_through(body, call, message=exchange.message)
        if passed is not None:
            return passed
    return answers.completed(rendering.result(told), call)


def _failed(
    told: Ended, call: Json, exchange: Exchange, *, behind: Behind | None
) -> Reply:
    reason = told.reason or Reason.UNAVAILABLE
    detail = told.detail
    if reason is Reason.RESPONSE_TOO_LARGE and behind is not None:
        most = behind.max_bytes
        detail = (
            f"It was executed; the answer was larger than {most} bytes and was dropped."
        )
    return exchange.refuses(rendering.failed(told, reason, detail), call=call)


def behind_tool(tool: str, exchange: Exchange) -> Behind | None:
    """Return what stands behind a tool, as this process remembers it."""
    route = find_route(exchange.principal, tool)
    return None if route is None else Behind.of(route.backend)
