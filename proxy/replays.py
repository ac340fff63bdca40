"""Outcomes that are told again: nothing is spent or sent for them."""

from datetime import datetime, timedelta

from django.db import transaction

from approvals.actions import Action
from approvals.models import Approval
from audit.services import record
from governance.decision import Reason
from governance.errors import Denied
from proxy.asking import Ended, ToolCall, Waiting
from proxy.models import Call


def stored_under_key(
    asked: ToolCall, action: Action, *, now: datetime
) -> Ended | Waiting | None:
    """Return the outcome that is stored under the request's Idempotency-Key.

    Raises Denied ``idempotency_mismatch`` if the key names another request.
    """
    key, agent = asked.idempotency_key, action.principal.agent_id
    if key is None:
        return None
    call = Call.objects.filter(agent=agent, idempotency_key=key).first()
    if call is not None:
        _refuse_other(call, action)
        return replay(call, now=now)
    approval = Approval.objects.filter(agent=agent, idempotency_key=key).first()
    if approval is not None:
        _refuse_other(approval, action)
    return None


def _refuse_other(stored: Call | Approval, action: Action) -> None:
    same = (
        stored.session_id == action.session.pk
        and stored.tool == action.route.tool
        and bytes(stored.args_digest) == action.args_digest
    )
    if not same:
        raise Denied(Reason.IDEMPOTENCY_MISMATCH)


def replay_of_approval(
    approval: Approval, *, asked: ToolCall, now: datetime
) -> Ended | Waiting | None:
    """Return the outcome of what an approval ran, within the route's replay time.

    None if it is too long ago, or if the request carries another Idempotency-Key:
    then it is a new request.
    """
    call = call_to_replay(approval, asked=asked, now=now)
    return None if call is None else replay(call, now=now)


def call_to_replay(
    approval: Approval, *, asked: ToolCall, now: datetime
) -> Call | None:
    """Return the call whose outcome a request is told again, if there is one."""
    call = Call.objects.filter(approval=approval).order_by("-created_at").first()
    if call is None:
        return None
    until = call.created_at + timedelta(seconds=call.route_version.replay_seconds)
    same_key = asked.idempotency_key in (None, call.idempotency_key)
    return call if same_key and now < until else None


def replay_of_claim(
    claim_id: str, *, key: str | None, now: datetime
) -> Ended | Waiting | None:
    """Return the outcome of the call that spent a claim; None if its key is another.

    Raises Denied ``claim_spent`` if that call is not on record.
    """
    call = Call.objects.filter(claim_id=claim_id).order_by("-claim_use").first()
    if call is None:
        raise Denied(Reason.CLAIM_SPENT)
    return replay(call, now=now) if key in (None, call.idempotency_key) else None


def spent_by(claim_id: str, *, agent_id: int) -> str | None:
    """Return the id of the agent's own call that used a claim last."""
    calls = Call.objects.filter(claim_id=claim_id, agent=agent_id)
    return calls.order_by("-claim_use").values_list("pk", flat=True).first()


def replay(call: Call, *, now: datetime) -> Ended | Waiting:
    """Tell a stored outcome again, and record that it was told."""
    answer = answer_of(call, replayed=True)
    if isinstance(answer, Ended):
        _record_replay(call, now=now)
    return answer


@transaction.atomic
def _record_replay(call: Call, *, now: datetime) -> None:
    record(
        "call.replayed",
        now=now,
        tenant=call.tenant.slug,
        actor_kind="agent",
        agent=call.agent.name,
        tool=call.tool,
        session_id=call.session_id,
        call_id=call.pk,
        approval_id=call.approval_id,
        claim_id=call.claim_id,
        scope=call.scope,
        args_digest=bytes(call.args_digest),
    )


def answer_of(call: Call, *, replayed: bool = False) -> Ended | Waiting:
    """Return a stored call as its agent is told about it."""
    if call.state in {Call.State.QUEUED, Call.State.SENDING}:
        return Waiting(call.state, None, call.pk)
    payload = call.payload
    result = payload.result if payload else None
    return Ended(
        call_id=call.pk,
        state=call.state,
        reason=Reason(call.reason) if call.reason else None,
        detail=call.detail,
        status=call.status,
        content_type=payload.result_content_type if payload else "",
        body=None if result is None else bytes(result),
        session_id=call.session_id,
        claim_id=call.claim_id,
        approval_id=call.approval_id,
        scope=call.scope,
        replayed=replayed,
        finding=call.finding,
    )
