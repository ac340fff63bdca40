"""Step 12: how a call ended is stored, recorded, told to people and to the agent."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from approvals.claims import nonce_hash
from audit.models import Record
from audit.services import Fact, Facts, Prepared, RecordUnavailable, prepare
from governance.decision import Reason, Risk
from proxy.allowed import Allowed
from proxy.asking import Ended
from proxy.backends.answers import BackendOutcome
from proxy.ledger import Outcome, settle
from proxy.notices import tell_outcome

_logger: Final = logging.getLogger(__name__)

# An outcome that the database does not take is tried again within this time.
OUTCOME_PAUSES_SECONDS: Final = (0.5, 1.5)

_EVENTS: Final = {
    "completed": "call.completed",
    "failed": "call.failed",
    "outcome_unknown": "call.unknown",
}


def end(
    allowed: Allowed,
    outcome: BackendOutcome,
    *,
    fingerprint: str | None,
    loan: Mapping[str, Fact],
) -> Ended:
    """Store the outcome; if the database won't take it, call it unknown."""
    now = timezone.now()
    facts = _facts(allowed, outcome, fingerprint=fingerprint, loan=loan)
    prepared = prepare(_EVENTS[outcome.state], now=now, **facts)
    if not _stored(allowed, outcome, prepared=prepared, now=now):
        # What the system of record does not know, nobody is told as a fact.
        outcome = BackendOutcome(
            "outcome_unknown",
            Reason.OUTCOME_UNKNOWN,
            "The outcome could not be stored.",
        )
    return _answer(allowed, outcome)


def _stored(
    allowed: Allowed, outcome: BackendOutcome, *, prepared: Prepared, now: datetime
) -> bool:
    """Store an outcome, trying three times in all; False if it was not possible."""
    for pause in (*OUTCOME_PAUSES_SECONDS, None):
        try:
            done = _settled(allowed, outcome, prepared=prepared, now=now)
            # Not by us now, it may be by us before: a try whose own answer was lost.
            return done or Record.objects.filter(pk=prepared.id).exists()
        except (RecordUnavailable, DatabaseError, InterfaceError):
            # Without the exception: a driver's message quotes the statement.
            _logger.error("outcome of %s not stored", allowed.call_id)  # noqa: TRY400
            if pause is not None:
                time.sleep(pause)
    return False


def _settled(
    allowed: Allowed, outcome: BackendOutcome, *, prepared: Prepared, now: datetime
) -> bool:
    stored = _outcome(allowed, outcome)
    durable = allowed.action.route.risk is not Risk.READ
    if allowed.approval_id is None and outcome.state != "outcome_unknown":
        return settle(stored, prepared=prepared, now=now, durable=durable)
    # Whom it concerns is told in the same commit, or a crash could lose the message.
    with transaction.atomic():
        done = settle(stored, prepared=prepared, now=now, durable=durable)
        if done:
            _tell(allowed, outcome, now=now)
    return done


def _tell(allowed: Allowed, outcome: BackendOutcome, *, now: datetime) -> None:
    """Let people know of what they approved, and of anything unclear."""
    action = allowed.action
    tell_outcome(
        allowed.call_id,
        outcome.state,
        agent_id=action.principal.agent_id,
        approval_id=allowed.approval_id,
        about={
            "tool": action.route.tool,
            "scope": action.scope,
            "agent": action.principal.agent,
        },
        now=now,
    )


def _outcome(allowed: Allowed, outcome: BackendOutcome) -> Outcome:
    return Outcome(
        call_id=allowed.call_id,
        state=outcome.state,
        reason=outcome.reason or "",
        detail=outcome.detail,
        status=outcome.status,
        content_type=outcome.content_type,
        body=outcome.body,
        keeps_result=allowed.keeps_result,
    )


def _facts(
    allowed: Allowed,
    outcome: BackendOutcome,
    *,
    fingerprint: str | None,
    loan: Mapping[str, Fact],
) -> Facts:
    payload = allowed.claim.payload
    detail: dict[str, Fact] = {"lane_kind": allowed.action.route.lane.kind, **loan}
    if outcome.status is not None:
        detail["status"] = outcome.status
    if outcome.note or outcome.detail:
        detail["said"] = outcome.note or outcome.detail
    return {
        **allowed.action.evidence(),
        "call_id": allowed.call_id,
        "approval_id": allowed.approval_id,
        "claim_id": payload.jti,
        "claim_nonce": nonce_hash(payload.nonce),
        "claim_use": allowed.claim_use,
        "claim_max_uses": payload.max_uses,
        "credential": fingerprint,
        "backend_origin": outcome.origin,
        "reason": outcome.reason,
        "detail": detail,
    }


def _answer(allowed: Allowed, outcome: BackendOutcome) -> Ended:
    return Ended(
        call_id=allowed.call_id,
        state=outcome.state,
        reason=outcome.reason,
        detail=outcome.detail,
        status=outcome.status,
        content_type=outcome.content_type,
        body=outcome.body,
        session_id=allowed.action.session.pk,
        claim_id=allowed.claim.jti,
        approval_id=allowed.approval_id,
        scope=allowed.action.scope,
    )
