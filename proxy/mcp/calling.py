"""``tools/call``: to the one road and back, down the ladder where people decide."""

from typing import Final

from approvals.models import Approval
from governance.arguments import JSON
from governance.decision import Reason
from governance.errors import Denied, Problem
from proxy.asking import Ended, Waiting
from proxy.authentication import fresh
from proxy.mcp import answers, state
from proxy.mcp.answers import Rung
from proxy.mcp.asking import arguments, label, session, tool_call, tool_name
from proxy.mcp.catalogue import STATUS_TOOL, text_param
from proxy.mcp.exchange import Exchange, Reply
from proxy.mcp.message import INVALID_PARAMS, URL_REQUIRED, Fault, as_object
from proxy.mcp.outcomes import behind_tool, ended
from proxy.mcp.standing import own_approval, standing_text, wait_for
from proxy.mcp.status import approval_status
from proxy.mcp.tasks import task_of
from proxy.models import Call
from proxy.rest import rendering
from proxy.services import call_tool
from proxy.sessions import session_for
from proxy.waiting import MAX_WAIT_SECONDS

# What no model can mend, or must not be told as an outcome.
_ERRORS: Final = frozenset(
    {
        Reason.UNAUTHENTICATED,
        Reason.AUDIT_UNAVAILABLE,
        Reason.UNAVAILABLE,
    }
)


def tools_call(exchange: Exchange) -> Reply:
    """Run one governed call, or say who has to decide first."""
    if tool_name(exchange) == STATUS_TOOL:
        return approval_status(exchange)
    asked = tool_call(exchange)
    shown = _shown(exchange, asked.tool)
    if shown is not None:
        if _gave_up(exchange, shown.pk):
            return _unopened(shown, exchange)
        _wait(exchange, shown)
    try:
        told = call_tool(asked, principal=exchange.principal, now=exchange.now)
    except Denied as refusal:
        return _refused(refusal, exchange)
    if isinstance(told, Ended):
        return ended(told, exchange, behind=behind_tool(asked.tool, exchange))
    if isinstance(told, Waiting):
        return _waiting(told, asked.tool, exchange, shown=shown is not None)
    raise Problem(Reason.UNAVAILABLE)  # nothing here asks for an explanation


def _refused(refusal: Denied, exchange: Exchange) -> Reply:
    if refusal.reason in _ERRORS:
        raise refusal
    unmendable = {
        Reason.UNKNOWN_TOOL: f"Unknown tool: {tool_name(exchange)}",
        Reason.NOT_FOUND: "Unknown session",
    }
    if refusal.reason in unmendable:
        fault = Fault(INVALID_PARAMS, refusal.reason, unmendable[refusal.reason])
        fault.is_recorded = refusal.is_recorded
        raise fault from refusal
    return exchange.refuses(Problem.of(refusal))


def _waiting(told: Waiting, tool: str, exchange: Exchange, *, shown: bool) -> Reply:
    if told.approval is None:
        return _running(told, exchange)
    approval = told.approval
    opened = approval.asks == 1
    shape = rendering.approval(approval)
    match answers.rung(exchange.message, exchange.client, opened=opened, shown=shown):
        case Rung.TASK:
            return Reply(task_of(approval, exchange))
        case Rung.URL_REQUEST:
            bound = _bound(exchange, approval.session_id, tool)
            signed = state.sign(bound, approval)
            return Reply(answers.asks_by_request(shape, state=signed))
        case Rung.URL_ERROR:
            error = {"code": URL_REQUIRED, "message": "Approval required"}
            return Reply(error={**error, "data": answers.asks_by_error(shape)})
        case Rung.TEXT:
            return Reply(answers.asks_by_text(shape, opened=opened))


def _running(told: Waiting, exchange: Exchange) -> Reply:
    call_id = told.call_id or ""
    if exchange.client.tasks:
        call = Call.objects.select_related("approval__payload").get(pk=call_id)
        if call.approval is not None:
            return Reply(task_of(call.approval, exchange))
    return Reply(answers.running(call_id, told.status))


def _shown(exchange: Exchange, tool: str) -> Approval | None:
    """Return the approval whose page the client was sent to, for exactly this call.

    Raises Fault ``state_invalid``, whatever is wrong with the state.
    """
    signed = text_param(exchange.message.params, "requestState")
    if signed is None:
        return None
    fresh(exchange.principal)  # who gives up is told, and never comes to the road
    try:
        used = session_for(
            exchange.principal,
            handle=session(exchange),
            label=label(exchange),
            now=exchange.now,
        )
        bound = _bound(exchange, used.pk, tool)
        approval_id = state.approval_shown(signed, bound, now=exchange.now)
        return own_approval(exchange, approval_id)
    except (Denied, Problem) as error:
        raise state.invalid() from error


def _bound(exchange: Exchange, session_id: str, tool: str) -> state.Shown:
    principal = exchange.principal
    digest = state.digest_as_sent(arguments(exchange))
    return state.Shown(principal.tenant, principal.agent_id, session_id, tool, digest)


def _action(exchange: Exchange, approval_id: str) -> JSON:
    """Return what the client says became of the page; never a human's yes or no."""
    given = as_object(exchange.message.params.get("inputResponses"))
    return as_object(given.get(approval_id)).get("action")


def _gave_up(exchange: Exchange, approval_id: str) -> bool:
    return _action(exchange, approval_id) in {"decline", "cancel"}


def _wait(exchange: Exchange, approval: Approval) -> None:
    if _action(exchange, approval.pk) == "accept":
        wait_for(approval, seconds=MAX_WAIT_SECONDS)


def _unopened(approval: Approval, exchange: Exchange) -> Reply:
    """Answer a client that gave up: nothing is run, and no approval changes."""
    if approval.state == Approval.State.PENDING:
        shape = rendering.approval(approval)
        return Reply(answers.asks_by_text(shape, opened=False))
    said = standing_text(approval, exchange)
    return Reply({"content": [answers.text(said)], "isError": True})
