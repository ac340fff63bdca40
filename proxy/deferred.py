"""Deferred calls: run by a worker from the stored rows, once.

Nothing is believed because it is in the database: the claim's seal has to hold, the
arguments have to digest to what it was minted for, and the call must have no outcome in
the evidence yet.
"""

from datetime import datetime
from typing import Final

from approvals.actions import Action
from approvals.models import Approval, Claim
from approvals.redemption import compare
from approvals.services import verified_row
from audit.models import Payload, Record
from audit.services import record_flood
from governance.arguments import InvalidJson, args_digest, parse_json
from governance.decision import Outcome, Reason, decide
from governance.errors import Denied
from governance.models import Agent, AgentKey, AgentSession, RouteVersion
from governance.policy import Principal, RouteFacts, find_route
from governance.policy.loading import agent_principal, route_facts
from governance.scope import ScopeInvalid, render_scope, render_summary
from proxy.allowed import Allowed
from proxy.asking import ToolCall
from proxy.capacity import seat
from proxy.execution import execute
from proxy.metrics import observed
from proxy.models import Call
from proxy.settling import settle_not_sent
from proxy.spending import Stale, from_approval, spend

_BEFORE_OUTCOME: Final = frozenset({"call.allowed"})


def run_approved(approval_id: str, *, now: datetime) -> str | None:
    """Spend an approved deferred request; the id of the call that it became.

    None if it is not to be run, or not now: a refusal is recorded, and the next sweep
    looks again until the approval lapses.
    """
    approval = (
        Approval.objects.filter(
            pk=approval_id,
            state=Approval.State.APPROVED,
            mode=Approval.Mode.DEFERRED,
        )
        .select_related("agent__tenant", "key", "session", "payload", "claim")
        .first()
    )
    if approval is None or approval.payload is None:
        return None
    principal = agent_principal(approval.agent, key=approval.key)
    try:
        return _spent(approval, approval.payload, principal, now=now)
    except Stale:
        return None
    except Denied as refusal:
        _record_refusal(approval, refusal, principal, now=now)
        return None


def _spent(
    approval: Approval, payload: Payload, principal: Principal, *, now: datetime
) -> str | None:
    route = find_route(principal, approval.tool)
    if route is None or route.version_id != approval.route_version_id:
        raise Denied(Reason.CLAIM_WRONG_ROUTE)
    action = _action(
        principal, session=approval.session, route=route, args=bytes(payload.request)
    )
    if action.fingerprint != bytes(approval.fingerprint):
        raise Denied(Reason.CLAIM_WRONG_ARGUMENTS)
    decision = decide(route.situation(principal), scope=action.scope)
    if decision.outcome is Outcome.DENY:
        raise Denied(decision.reason or Reason.POLICY_DENIED)
    spendable = from_approval(approval, action, now=now)
    asked = ToolCall(
        tool=approval.tool, mode=Call.Mode.DEFERRED, reason=_last_words(approval)
    )
    allowed = spend(spendable, action, asked=asked, now=now)
    return allowed.call_id if isinstance(allowed, Allowed) else None


def _last_words(approval: Approval) -> str:
    return str(approval.reasons[-1]["text"]) if approval.reasons else ""


def _action(
    principal: Principal, *, session: AgentSession, route: RouteFacts, args: bytes
) -> Action:
    try:
        values = parse_json(args)
        scope = render_scope(route.scope_template, values)
        summary = render_summary(route.summary_template, values)
    except (InvalidJson, ScopeInvalid) as error:
        # Stored bytes passed these doors once: somebody changed them in the database.
        raise Denied(Reason.CLAIM_WRONG_ARGUMENTS) from error
    return Action.bind(
        principal, session=session, route=route, args=args, scope=scope, summary=summary
    )


def _record_refusal(
    approval: Approval, refusal: Denied, principal: Principal, *, now: datetime
) -> None:
    record_flood(
        "call.denied",
        f"{approval.pk} {refusal.recorded_as}",
        now=now,
        tenant=principal.tenant,
        agent=principal.agent,
        tool=approval.tool,
        scope=approval.scope,
        session_id=approval.session_id,
        approval_id=approval.pk,
        reason=refusal.recorded_as,
        detail={"told": str(refusal)},
    )


def run_call(call_id: str, *, now: datetime) -> None:
    """Run one queued call; a second message finds nothing to take."""
    call = (
        Call.objects.filter(
            pk=call_id, state=Call.State.QUEUED, mode=Call.Mode.DEFERRED
        )
        .select_related("agent__tenant", "session", "payload", "route_version__route")
        .first()
    )
    if call is None or _has_outcome(call):
        return
    try:
        allowed, suspended = _allowed(call, now=now)
    except Denied as refusal:
        settle_not_sent(call, reason=refusal.reason, why=str(refusal), now=now)
        return
    backend = allowed.action.route.backend
    with seat(call.tenant.slug, backend.id, backend.max_concurrent):
        observed(call.tool, lambda: execute(allowed, suspended=suspended))


def _has_outcome(call: Call) -> bool:
    # A row that was put back to `queued` by hand: the evidence can't be.
    events = set(Record.objects.of_call(call.pk).values_list("event", flat=True))
    return "call.allowed" not in events or not events <= _BEFORE_OUTCOME


def _allowed(call: Call, *, now: datetime) -> tuple[Allowed, bool]:
    """Rebuild what was allowed from the version that it was allowed under."""
    claim = _claim(call)
    verified = verified_row(claim, now=now)
    version: RouteVersion = call.route_version
    route = route_facts(version.route, version)
    principal = _principal(call.agent)
    args = _arguments(call, claim)
    action = _action(principal, session=call.session, route=route, args=args)
    # The claim is sealed and the call's row is not: whatever it was turned into, what
    # runs is what was approved.
    compare(verified.payload, action)
    situation = route.situation(principal)
    suspended = decide(situation, scope=action.scope).outcome is Outcome.DENY
    allowed = Allowed(
        call_id=call.pk,
        claim=verified,
        claim_use=call.claim_use,
        claim_ends_at=int(claim.execute_by.timestamp()),
        action=action,
        approval_id=call.approval_id,
        mode=call.mode,
        state=call.state,
        has_key=call.idempotency_key is not None,
    )
    return allowed, suspended


def _claim(call: Call) -> Claim:
    claim = Claim.objects.filter(pk=call.claim_id).first()
    if claim is None:
        raise Denied(Reason.CLAIM_SIGNATURE_INVALID)
    if not 1 <= call.claim_use <= claim.max_uses:
        raise Denied(Reason.CLAIM_SPENT)
    return claim


def _arguments(call: Call, claim: Claim) -> bytes:
    args = bytes(call.payload.request) if call.payload else b""
    if args_digest(args) != bytes(claim.args_digest):
        raise Denied(Reason.CLAIM_WRONG_ARGUMENTS)
    return args


def _principal(agent: Agent) -> Principal:
    key = AgentKey.objects.filter(agent=agent).order_by("-created_at").first()
    if key is None:
        raise Denied(Reason.UNAUTHENTICATED)
    return agent_principal(agent, key=key)
