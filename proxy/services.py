"""The call.  ``call_tool`` is the one road of every governed call; read it first."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Final, TypeVar

from approvals.actions import Action
from approvals.models import Approval, Claim
from approvals.services import (
    Asked,
    find_or_open,
    latest_for,
    mint_covered,
    token_for,
)
from audit.sealing import insist
from audit.services import Facts, record_denied
from governance.decision import Outcome, Reason
from governance.errors import Denied
from governance.policy import Principal, refresh
from proxy.asking import Answer, Ended, Minted, ToolCall, Waiting
from proxy.capacity import seat
from proxy.execution import run
from proxy.explaining import explain
from proxy.judging import Judged, Trail, judge
from proxy.metrics import observed
from proxy.models import Call
from proxy.replays import replay_of_approval, stored_under_key
from proxy.sessions import forget, insist_on_live
from proxy.spending import (
    Spendable,
    Stale,
    by_token,
    claim_of,
    evidence_of,
    from_approval,
    granted,
    spend,
)
from proxy.telemetry import step

# How long a stale cache or a claim's row that somebody has locked is tried again.
PATIENCE_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.01

_Result = TypeVar("_Result")
_Step = Callable[[ToolCall, Principal, Trail], _Result]


def call_tool(asked: ToolCall, *, principal: Principal, now: datetime) -> Answer:
    """Run one governed call, or say who has to decide first.

    Route, arguments, scope and decision; then a claim is found, granted or asked for,
    spent with its evidence in one commit, and only then a credential is borrowed and
    the backend called, from the stored bytes.  Raises Denied, which is recorded.
    """
    insist(now=now)
    if asked.mode == "explain":
        return explain(asked, principal, now=now)
    return observed(
        asked.tool, lambda: _governed(_call, asked, principal=principal, now=now)
    )


def mint_claim(
    asked: ToolCall, *, principal: Principal, now: datetime
) -> Minted | Waiting:
    """Do all that a call does up to its claim, and hand the claim out unspent.

    Raises Denied, which is recorded.
    """
    insist(now=now)
    return _governed(_mint, asked, principal=principal, now=now)


def _call(asked: ToolCall, principal: Principal, trail: Trail) -> Answer:
    judged = judge(asked, principal=principal, trail=trail)
    action = judged.action
    stored = stored_under_key(asked, action, now=trail.now)
    if stored is not None:
        return stored
    found = _spendable(asked, judged, now=trail.now)
    if not isinstance(found, Spendable):
        return found
    if found.row is not None:
        trail.facts.update(evidence_of(found))
    with _seat(asked, action):
        with step("spend"):
            allowed = spend(found, action, asked=asked, now=trail.now)
        if isinstance(allowed, Ended | Waiting):
            return allowed
        return run(allowed)


def _seat(asked: ToolCall, action: Action) -> AbstractContextManager[None]:
    if asked.mode == Call.Mode.DEFERRED:
        return nullcontext()  # a worker runs it, in a seat of its own process
    backend = action.route.backend
    return seat(action.principal.tenant, backend.id, backend.max_concurrent)


def _spendable(
    asked: ToolCall, judged: Judged, *, now: datetime
) -> Spendable | Ended | Waiting:
    """Find, grant or ask for the claim; an answer if there is none to spend now."""
    action, shown = judged.action, None
    if asked.claim is not None:
        shown = by_token(asked.claim, action, now=now)
    insist_on_live(action.session, now=now)
    if shown is not None:
        return shown
    if judged.decision.outcome is Outcome.ALLOW:
        return granted(action, mode=asked.mode, now=now)
    approval = latest_for(action)
    if approval is not None and approval.state == Approval.State.APPROVED:
        return _approved(approval, judged, mode=asked.mode, now=now)
    if approval is not None and approval.state == Approval.State.EXECUTED:
        replay = replay_of_approval(approval, asked=asked, now=now)
        if replay is not None:
            return replay
    return _asked(asked, judged, now=now)


def _approved(
    approval: Approval, judged: Judged, *, mode: str, now: datetime
) -> Spendable | Waiting:
    if approval.mode == mode == Approval.Mode.DEFERRED:
        # A worker runs it; a plain call may be faster: the claim is spent once.
        return Waiting(Call.State.QUEUED, approval)
    return from_approval(approval, judged.action, now=now)


def _asked(asked: ToolCall, judged: Judged, *, now: datetime) -> Waiting:
    action = judged.action
    said = Asked(
        reason=asked.reason,
        mode=Approval.Mode.DEFERRED if asked.leaves_it else asked.mode,
        idempotency_key=asked.idempotency_key,
    )
    try:
        with step("ask"):
            approval = find_or_open(action, asked=said, now=now)
    except Denied as denied:
        if denied.reason is not Reason.SESSION_ENDED:
            raise
        forget(action.session)  # it was remembered as live; a new one may be opened
        raise Stale from denied
    if approval.state == Approval.State.APPROVED:
        raise Stale  # decided between our look and our question
    return Waiting(Reason.APPROVAL_REQUIRED, approval)


def _mint(asked: ToolCall, principal: Principal, trail: Trail) -> Minted | Waiting:
    judged = judge(asked, principal=principal, trail=trail)
    action, now = judged.action, trail.now
    insist_on_live(action.session, now=now)
    if refresh(principal) is not principal:
        raise Stale
    if judged.decision.outcome is Outcome.ALLOW:
        return _minted(mint_covered(action, now=now), now=now)
    approval = latest_for(action)
    if approval is not None and approval.state == Approval.State.APPROVED:
        return _minted(claim_of(approval), now=now)
    return _asked(asked, judged, now=now)


def _minted(claim: Claim, *, now: datetime) -> Minted:
    return Minted(claim, token_for(claim, now=now))


def _governed(
    step_of: "_Step[_Result]", asked: ToolCall, *, principal: Principal, now: datetime
) -> _Result:
    """Take a step on the policy in force; again, if it turns out to have changed.

    Patience begins with the first try that was in vain: on a busy machine a try by
    itself may take longer, and whoever found a row locked has to look again.
    """
    ends = math.inf
    while True:
        trail = Trail(now)
        refusal = Denied(Reason.UNAVAILABLE, retry_after=1)
        try:
            return step_of(asked, principal, trail)
        except Stale:
            is_final = time.monotonic() > ends
        except Denied as denied:
            refusal, is_final = denied, True
        current = refresh(principal)
        if current is None:
            raise Denied(Reason.UNAUTHENTICATED)
        # How an approval ended is told once: deciding again would lose it.
        is_told = "approval_id" in refusal.members
        is_current = current is principal or time.monotonic() > ends
        if is_final and (is_told or is_current):
            _record_refusal(refusal, asked, principal, facts=trail.facts, now=now)
            raise refusal
        principal = current
        ends = min(ends, time.monotonic() + PATIENCE_SECONDS)
        time.sleep(PAUSE_SECONDS if not is_final else 0)


def _record_refusal(
    refusal: Denied,
    asked: ToolCall,
    principal: Principal,
    *,
    facts: Facts,
    now: datetime,
) -> None:
    base: Facts = {
        "tenant": principal.tenant,
        "actor_kind": "agent",
        "agent": principal.agent,
        "policy_epoch": principal.epoch,
        "stated_reason": asked.reason,
    }
    told = {"told": str(refusal), "asked_tool": asked.tool[:100]}
    merged: Facts = {**base, **facts, "reason": refusal.recorded_as, "detail": told}
    record_denied("call.denied", now=now, **merged)
    refusal.is_recorded = True
