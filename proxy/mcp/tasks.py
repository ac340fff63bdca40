"""The tasks extension: a task is an approval and, later, the call that it became."""

from datetime import datetime
from typing import Final

from django.conf import settings

from approvals.models import Approval
from approvals.services import cancel_as_agent
from governance.decision import Reason
from governance.errors import Denied, Problem
from proxy.asking import Ended
from proxy.authentication import fresh
from proxy.mcp.answers import APPROVAL, Json
from proxy.mcp.exchange import Exchange, Reply
from proxy.mcp.message import INVALID_PARAMS, MISSING_CAPABILITY, TASKS, Fault
from proxy.mcp.outcomes import Behind, ended
from proxy.mcp.standing import call_of, ending_of, own_approval, standing_of
from proxy.mcp.states import task_status
from proxy.models import Call
from proxy.replays import answer_of
from proxy.rest import rendering

_MAX_TTL_MS: Final = 7 * 24 * 3600 * 1000  # 30 days would not fit in 31 bits


def task_of(approval: Approval, exchange: Exchange) -> Json:
    """Return the task that a call has become: its row is committed already."""
    standing = standing_of(approval, call_of(approval), exchange)
    status, message = task_status(standing)
    return {
        "resultType": "task",
        **_task(approval, status=status, message=message),
        "_meta": {APPROVAL: standing.approval},
    }


def _task(
    approval: Approval, *, status: str, message: str, at: datetime | None = None
) -> Json:
    said = {"statusMessage": message} if message else {}
    return {
        "taskId": approval.pk,
        "status": status,
        "createdAt": rendering.moment(approval.created_at),
        "lastUpdatedAt": rendering.moment(
            max(at or approval.changed_at, approval.changed_at)
        ),
        "ttlMs": _ttl_ms(approval),
        "pollIntervalMs": settings.MCP_POLL_INTERVAL_MS,
        **said,
    }


def _ttl_ms(approval: Approval) -> int:
    if approval.payload is None:
        return _MAX_TTL_MS
    kept = approval.payload.keep_until - approval.created_at
    return min(int(kept.total_seconds() * 1000), _MAX_TTL_MS)


def tasks_get(exchange: Exchange) -> Reply:
    """``tasks/get``: where it stands; answers at once."""
    approval = _own(exchange)
    call = call_of(approval)
    status, message = task_status(standing_of(approval, call, exchange))
    at = None if call is None else call.finished_at
    task = _task(approval, status=status, message=message, at=at)
    if status == "completed":
        task["result"] = {"resultType": "complete", **_result(approval, call, exchange)}
    return Reply(task)


def _result(approval: Approval, call: Call | None, exchange: Exchange) -> Json:
    """Return exactly what ``tools/call`` would have answered."""
    ending = ending_of(approval)
    if ending is not None:
        ending.is_recorded = True  # by whoever ended it
        return exchange.refuses(ending).result
    if call is None:
        raise Problem(Reason.UNAVAILABLE)
    told = answer_of(call)
    if not isinstance(told, Ended):
        raise Problem(Reason.UNAVAILABLE)  # it was over a moment ago
    behind = Behind.of(call.route_version.backend)
    return ended(told, exchange, behind=behind).result


def tasks_update(exchange: Exchange) -> Reply:
    """``tasks/update``: a task of ours never asks its client for anything."""
    _own(exchange)
    return Reply()


def tasks_cancel(exchange: Exchange) -> Reply:
    """``tasks/cancel``: takes the request back while nobody has decided.

    Later it stops nothing, and is acknowledged all the same.
    """
    approval = _own(exchange)
    if approval.state == Approval.State.PENDING:
        try:
            cancel_as_agent(approval.pk, principal=exchange.principal, now=exchange.now)
        except Denied as refusal:
            if refusal.reason is not Reason.APPROVAL_CLOSED:
                raise
    return Reply()


def _own(exchange: Exchange) -> Approval:
    """Return the approval of a task.  Raises Fault for any that is not the agent's."""
    if not exchange.client.tasks:
        raise Fault(
            MISSING_CAPABILITY,
            Reason.MISSING_CAPABILITY,
            "Missing required client capability",
            data={"requiredCapabilities": {"extensions": {TASKS: {}}}},
        )
    fresh(exchange.principal)
    try:
        return own_approval(exchange, str(exchange.message.params["taskId"]))
    except Problem as error:
        raise Fault(INVALID_PARAMS, Reason.NOT_FOUND, "Task not found") from error
