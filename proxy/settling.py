"""Calls that nobody will finish: their process died, or lost the database.

One that was being sent has an unclear outcome and is called so; one that was waiting to
be sent by the request that made it, and never was, has failed.  Nothing is sent here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from approvals.models import Approval
from audit.models import Payload
from audit.services import Facts, held_subjects, prepare, record
from governance.decision import Reason
from governance.models import AgentSession
from proxy.ledger import Outcome, settle
from proxy.models import Call
from proxy.notices import tell_outcome

BATCH: Final = 200
PAYLOAD_BATCH: Final = 2000
PAYLOAD_BATCHES: Final = 100


def settle_stale(*, now: datetime) -> int:
    """Settle what is over its deadline; how many calls that was.

    Safe to run twice, and in two workers at once: each settles by one conditional
    statement, and the second finds the call settled.
    """
    stale = Call.objects.filter(deadline_at__lt=now).select_related(
        "tenant", "agent", "route_version__backend", "route_version__lane"
    )
    sending = stale.filter(state=Call.State.SENDING)[:BATCH]
    queued = stale.filter(state=Call.State.QUEUED, mode=Call.Mode.NOW)[:BATCH]
    lost = sum(_settled_as_unknown(call, now=now) for call in sending)
    ended = "the process that was to send it ended."
    return lost + sum(
        settle_not_sent(call, reason=Reason.UNAVAILABLE, why=ended, now=now)
        for call in queued
    )


def _settled_as_unknown(call: Call, *, now: datetime) -> bool:
    outcome = Outcome(
        call_id=call.pk,
        state=Call.State.OUTCOME_UNKNOWN,
        reason=Reason.OUTCOME_UNKNOWN,
        detail="It was sent, and its answer was lost.",
        from_states=(Call.State.SENDING,),
    )
    return _settle(call, outcome, event="call.unknown", now=now)


def settle_not_sent(call: Call, *, reason: Reason, why: str, now: datetime) -> bool:
    """Let a queued call fail; False if somebody has taken it meanwhile."""
    outcome = Outcome(
        call_id=call.pk,
        state=Call.State.FAILED,
        reason=reason,
        detail=f"It was not sent: {why}",
        from_states=(Call.State.QUEUED,),
    )
    return _settle(call, outcome, event="call.failed", now=now)


@transaction.atomic
def _settle(call: Call, outcome: Outcome, *, event: str, now: datetime) -> bool:
    """Store the outcome with its record, and tell whom it concerns."""
    prepared = prepare(event, now=now, **_facts(call, outcome))
    if not settle(outcome, prepared=prepared, now=now):
        return False
    tell_outcome(
        call.pk,
        outcome.state,
        agent_id=call.agent_id,
        approval_id=call.approval_id,
        about={"tool": call.tool, "scope": call.scope, "agent": call.agent.name},
        now=now,
    )
    return True


def _facts(call: Call, outcome: Outcome) -> Facts:
    version = call.route_version
    return {
        "tenant": call.tenant.slug,
        "actor_kind": "system",
        "agent": call.agent.name,
        "tool": call.tool,
        "risk": version.risk,
        "backend": version.backend.name,
        "lane": version.lane.name,
        "credential": call.credential or None,
        "session_id": call.session_id,
        "call_id": call.pk,
        "approval_id": call.approval_id,
        "claim_id": call.claim_id,
        "claim_nonce": bytes(call.nonce_hash),
        "claim_use": call.claim_use,
        "scope": call.scope,
        "route_version": version.number,
        "route_digest": version.digest,
        "args_digest": bytes(call.args_digest),
        "reason": outcome.reason,
        "detail": {
            "said": outcome.detail,
            "expires_at": call.credential_expires_at,
        },
    }


def drop_payloads(*, now: datetime) -> int:
    """Delete the bytes whose time is over; the digests stay.  How many rows.

    Their Idempotency-Keys are free again: a key is kept as long as its outcome.
    """
    dropped = 0
    for _ in range(PAYLOAD_BATCHES):
        batch = _drop_payloads(now=now)
        dropped += batch
        if batch < PAYLOAD_BATCH:
            break
    return dropped


@transaction.atomic
def _drop_payloads(*, now: datetime) -> int:
    over = Payload.objects.filter(keep_until__lt=now).order_by("keep_until")
    ids = list(not_held(over).values_list("pk", flat=True)[:PAYLOAD_BATCH])
    forget_payloads(ids)
    if ids:
        record("retention.applied", now=now, detail={"payloads": len(ids)})
    return len(ids)


def forget_payloads(ids: Sequence[str]) -> None:
    """Delete these bytes, and free the keys under which they were kept."""
    calls = Call.objects.filter(payload__in=ids, idempotency_key__isnull=False)
    calls.update(idempotency_key=None)
    approvals = Approval.objects.filter(payload__in=ids).exclude(idempotency_key="")
    approvals.update(idempotency_key="")
    # Without their bytes, which deleting rows would else read first.
    Payload.objects.filter(pk__in=ids).only("pk").delete()


def not_held(payloads: QuerySet[Payload]) -> QuerySet[Payload]:
    """Leave out the bytes of calls and approvals that a held record names."""
    for calls in held_subjects("call_id"):
        payloads = payloads.exclude(calls__in=calls)
    for approvals in held_subjects("approval_id"):
        payloads = payloads.exclude(approvals__in=approvals)
    return payloads


def keep_sessions_alive(*, now: datetime) -> int:
    """Keep sessions with an open request from idling out; how many it touched."""
    open_requests = Approval.objects.open().values("session")
    idle = AgentSession.objects.live(now).filter(
        pk__in=open_requests, last_used_at__lt=now - timedelta(hours=1)
    )
    return idle.update(last_used_at=now)
