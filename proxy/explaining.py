"""What would become of a call: the steps of the road that only look."""

from collections.abc import Mapping
from datetime import datetime

from approvals.models import Approval
from approvals.services import insist_on_askable, latest_for
from governance.decision import Outcome, Reason
from governance.errors import Denied
from governance.policy import Principal, refresh
from proxy.asking import Explained, ToolCall
from proxy.judging import Judged, Trail, judge
from proxy.replays import call_to_replay
from proxy.sessions import insist_on_live
from proxy.spending import by_token, from_approval, insist_on_spendable

State = Approval.State


def explain(asked: ToolCall, principal: Principal, *, now: datetime) -> Explained:
    """Say what would happen; a refusal is an answer here, and leaves no record."""
    current = refresh(principal)
    if current is None:
        raise Denied(Reason.UNAUTHENTICATED)
    trail = Trail(now)
    try:
        judged = judge(asked, principal=current, trail=trail)
        is_asked = _would_ask(asked, judged, now=now)
    except Denied as refusal:
        scope, summary = trail.facts.get("scope"), trail.facts.get("summary")
        return Explained(
            "would_refuse", refusal.reason, scope or "", summary or "", None, refusal
        )
    return Explained(
        "would_ask" if is_asked else "would_run",
        Reason.APPROVAL_REQUIRED if is_asked else None,
        judged.action.scope,
        judged.action.summary,
        _rule(judged),
    )


def _rule(judged: Judged) -> Mapping[str, object] | None:
    if judged.decision.outcome is Outcome.ALLOW:
        return None
    route = judged.action.route
    return {"quorum": route.quorum, "group": route.group}


def _would_ask(asked: ToolCall, judged: Judged, *, now: datetime) -> bool:
    """Look whether people would be asked.  Raises Denied if the call is refused."""
    action = judged.action
    found = None
    if asked.claim is not None:
        found = by_token(asked.claim, action, now=now)
    insist_on_live(action.session, now=now)
    if found is None and judged.decision.outcome is Outcome.ALLOW:
        return False
    approval = None if found else latest_for(action)
    if approval is not None and approval.state == State.APPROVED:
        found = from_approval(approval, action, now=now)
    if found is not None:
        insist_on_spendable(found, action, asked=asked, now=now)
        return False
    if approval is not None and approval.state == State.EXECUTED:
        found_again = call_to_replay(approval, asked=asked, now=now)
        if found_again is not None:
            return False  # its outcome is told again
    insist_on_askable(action)
    return True
