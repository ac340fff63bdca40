"""An agent's own approvals, as this door tells of them."""

from contextlib import suppress
from datetime import timedelta

from approvals.models import Approval
from governance.decision import Reason
from governance.errors import Denied, Problem
from proxy.mcp.answers import refused
from proxy.mcp.exchange import Exchange
from proxy.mcp.states import ENDINGS, Standing, status_text
from proxy.models import Call
from proxy.rest import rendering
from proxy.waiting import WAITERS


def own_approval(exchange: Exchange, approval_id: str) -> Approval:
    """Return an agent's own approval.  Raises Problem ``not_found`` for any other."""
    own = Approval.objects.filter(agent=exchange.principal.agent_id, pk=approval_id)
    approval = own.select_related("payload").first()
    if approval is None:
        raise Problem(Reason.NOT_FOUND)
    return approval


def wait_for(approval: Approval, *, seconds: int) -> None:
    """Wait while nothing is to be done; not at all where too many wait already."""
    is_pending = approval.state == Approval.State.PENDING
    is_about_to_run = (
        approval.state == Approval.State.APPROVED
        and approval.mode == Approval.Mode.DEFERRED
    )
    if not is_pending and not is_about_to_run:
        return
    with suppress(Denied):
        WAITERS.wait_for_change(approval.pk, state=approval.state, seconds=seconds)


def call_of(approval: Approval) -> Call | None:
    """Return the call that an approval became."""
    calls = approval.calls.select_related("payload", "route_version__backend")
    return calls.order_by("-created_at").first()


def standing_of(approval: Approval, call: Call | None, exchange: Exchange) -> Standing:
    """Return where a request stands."""
    replays = False
    if call is not None:
        seconds = call.route_version.replay_seconds
        replays = exchange.now < call.created_at + timedelta(seconds=seconds)
    return Standing(
        approval=rendering.approval(approval),
        deferred=approval.mode == Approval.Mode.DEFERRED,
        call=None if call is None else call.state,
        replays=replays,
        ended_by=approval.ended_by,
        finding="" if call is None else call.finding,
    )


def standing_text(approval: Approval, exchange: Exchange) -> str:
    """Say where a request stands."""
    ending = ending_of(approval)
    said = ""
    if ending is not None:
        content = refused(ending.as_dict(request_id=exchange.request_id))["content"]
        said = content[0]["text"] if isinstance(content, list) else ""
    standing = standing_of(approval, call_of(approval), exchange)
    return status_text(standing, ending=said)


def ending_of(approval: Approval) -> Problem | None:
    """Return how a request ended without being run; None if it did not."""
    reason = ENDINGS.get(approval.state)
    if reason is None:
        return None
    if approval.ended_reason == Reason.APPROVAL_UNSATISFIABLE:
        reason = Reason.APPROVAL_UNSATISFIABLE
    told = approval.reason_for_agent
    said = {"reason_for_agent": told} if told else {}
    return Problem(reason, "", approval_id=approval.pk, **said)
