"""Every way to fail at ``/mcp``, as one JSON-RPC error: MCP clients read nothing else.

A failure of HTTP itself has its status as the code; ``data`` is the problem of REST,
but where the protocol says what stands there.
"""

from collections.abc import Mapping
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse

from audit.services import RecordUnavailable
from governance.decision import Reason
from governance.errors import RETRY_AFTER_SECONDS, Denied, Problem, problem_of
from governance.operations.counting import observe_refusal
from governance.policy import Principal
from proxy.authentication import identify
from proxy.mcp import metadata
from proxy.mcp.answers import Json, compact
from proxy.mcp.message import INTERNAL_ERROR, INVALID_PARAMS, PARSE_ERROR, Fault
from proxy.mcp.visit import Visit
from proxy.mcp.wire import status_of
from proxy.refusals import record_refused

ALLOWED: Final = "POST, DELETE"
_AWAY: Final = (DatabaseError, InterfaceError, RecordUnavailable)
# Any other reason that is no protocol's is a failure of HTTP.
_CODES: Final[Mapping[Reason, int]] = {
    Reason.INVALID_JSON: PARSE_ERROR,
    Reason.INVALID_REQUEST: INVALID_PARAMS,
    Reason.AUDIT_UNAVAILABLE: INTERNAL_ERROR,
    Reason.UNAVAILABLE: INTERNAL_ERROR,
}


def failed(error: Exception, visit: Visit) -> HttpResponse:
    """Record a refusal that nothing has recorded yet, and answer it."""
    fault = _recorded(visit.limited or error, visit)
    problem = _problem(fault)
    observe_refusal(problem.reason)
    code = fault.code if isinstance(fault, Fault) else _code(problem)
    visit.error_code = code
    told: Json = {"code": code, "message": _said(problem), "data": _data(fault, visit)}
    return rendered(
        {"jsonrpc": "2.0", "id": visit.reading.id, "error": told},
        status=status_of(code, visit.reading.era),
        headers=_headers(problem, visit),
    )


def _said(problem: Problem) -> str:
    """Return the message, which is all that many clients show of an error."""
    if problem.reason is Reason.UNAUTHENTICATED:
        return f"{problem} {problem.face.next}"
    return str(problem)


def rendered(
    body: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str]
) -> HttpResponse:
    """Return an answer as JSON."""
    return HttpResponse(
        compact(body).encode(),
        status=status,
        content_type="application/json",
        headers=dict(headers),
    )


def _recorded(error: Exception, visit: Visit) -> Fault | Problem:
    """Return what is told: less than it was, if it can't be put on record."""
    fault = _known(error)
    try:
        principal = visit.principal or _who(visit)
        if principal is not None and not isinstance(error, _AWAY):
            _record(fault, principal, visit)
    except _AWAY as away:
        return _known(away)
    return fault


def _known(error: Exception) -> Fault | Problem:
    if isinstance(error, RecordUnavailable):
        return Problem(Reason.AUDIT_UNAVAILABLE)
    if isinstance(error, (DatabaseError, InterfaceError)):
        return Problem(Reason.UNAVAILABLE)
    return error if isinstance(error, Fault) else problem_of(error)


def _record(fault: Fault | Problem, principal: Principal, visit: Visit) -> None:
    problem = _problem(fault)
    problem.is_recorded = fault.is_recorded
    request = visit.request
    asked = f"{request.method} {request.path[:200]}"
    record_refused(problem, principal, asked=asked, now=visit.now)


def _who(visit: Visit) -> Principal | None:
    """Tell whose request was refused before its key was looked at, if it has one."""
    header = visit.header("Authorization")
    if header is None or visit.was_asked_who:
        return None  # a wrong key is one guess, not two
    try:
        return identify(header, now=visit.now)
    except Denied:
        return None


def _problem(fault: Fault | Problem) -> Problem:
    return Problem(fault.reason, fault.message) if isinstance(fault, Fault) else fault


def _code(problem: Problem) -> int:
    return _CODES.get(problem.reason, problem.face.status)


def _data(fault: Fault | Problem, visit: Visit) -> Mapping[str, object]:
    if isinstance(fault, Fault) and fault.data is not None:
        return fault.data
    return _problem(fault).as_dict(request_id=visit.request_id)


def _headers(problem: Problem, visit: Visit) -> dict[str, str]:
    match problem.reason:
        case Reason.UNAUTHENTICATED:
            shown = visit.header("Authorization") is not None
            return {"WWW-Authenticate": metadata.challenge(shown=shown)}
        case Reason.METHOD_NOT_ALLOWED:
            return {"Allow": ALLOWED}
        case Reason.RATE_LIMITED | Reason.AUDIT_UNAVAILABLE | Reason.UNAVAILABLE:
            wait = problem.members.get("retry_after", RETRY_AFTER_SECONDS)
            return {"Retry-After": str(wait)}
        case _:
            return {}
