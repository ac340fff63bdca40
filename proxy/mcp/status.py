"""``approval_status``: the one tool of our own; it reads, and is no governed call."""

from typing import Final

from governance.decision import Reason
from governance.errors import Problem
from governance.schema import compile_schema
from proxy.authentication import fresh
from proxy.mcp import answers
from proxy.mcp.asking import arguments
from proxy.mcp.catalogue import STATUS
from proxy.mcp.exchange import Exchange, Reply
from proxy.mcp.standing import call_of, own_approval, standing_text, wait_for
from proxy.rest import rendering

_SCHEMA: Final = compile_schema(STATUS["inputSchema"])  # type: ignore[arg-type]  # ours


def approval_status(exchange: Exchange) -> Reply:
    """Say where a request of this agent stands, after waiting for a change."""
    fresh(exchange.principal)
    args = arguments(exchange)
    errors = _SCHEMA.validate(args)
    if errors:
        told = [{"pointer": e.pointer, "message": e.message} for e in errors]
        return exchange.refuses(Problem(Reason.INVALID_ARGUMENTS, errors=told))
    approval_id, seconds = str(args["approval_id"]), args.get("wait_seconds", 0)
    try:
        approval = own_approval(exchange, approval_id)
        if isinstance(seconds, int) and seconds:
            wait_for(approval, seconds=seconds)
            approval = own_approval(exchange, approval_id)
    except Problem:
        return exchange.refuses(Problem(Reason.NOT_FOUND, "No such approval."))
    call = call_of(approval)
    ran = None if call is None else {"call_id": call.pk, "status": call.state}
    shown = {"approval": rendering.approval(approval), "call": ran}
    return Reply(
        {
            "content": [answers.text(standing_text(approval, exchange))],
            "structuredContent": shown,
            "isError": False,
        }
    )
