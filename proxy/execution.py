"""Steps 10 to 12: borrow, send from the stored bytes, store how it ended."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from approvals.actions import Action
from approvals.claims import VerifiedClaim, nonce_hash
from audit.models import Record
from audit.services import Facts, Prepared, RecordUnavailable, prepare
from governance.arguments import digest_text, parse_json
from governance.decision import Reason, Risk
from governance.egress import BackendSettings, Deadline
from governance.errors import Denied
from governance.nudges import nudge
from governance.policy import BackendFacts, LaneFacts
from proxy.asking import Ended, Waiting
from proxy.backends.answers import BackendOutcome, lost
from proxy.backends.http import Outbound, send
from proxy.credentials.credential import Credential
from proxy.credentials.lease import lease
from proxy.credentials.loans import LaneSettings, LoanRequest
from proxy.ledger import Outcome, deadline_of, settle
from proxy.models import Call
from proxy.notices import tell_outcome
from proxy.replays import answer_of
from proxy.telemetry import step, traceparent

_logger: Final = logging.getLogger(__name__)

# An outcome that the database does not take is tried again within this time.
OUTCOME_PAUSES_SECONDS: Final = (0.5, 1.5)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A call that is spent, stored and recorded, and not yet over."""

    call_id: str
    claim: VerifiedClaim
    claim_use: int
    claim_ends_at: int
    action: Action
    approval_id: str | None
    mode: str
    state: str
    has_key: bool

    @property
    def keeps_result(self) -> bool:
        """Whether anybody may ask for the result again."""
        is_read = self.action.route.risk is Risk.READ
        return not is_read or self.has_key or self.mode == Call.Mode.DEFERRED


def run(allowed: Allowed) -> Ended | Waiting:
    """Run an allowed call now, or leave it to a worker if it is deferred."""
    if allowed.mode == Call.Mode.DEFERRED:
        nudge("proxy.run_call", allowed.call_id)
        return Waiting(Call.State.QUEUED, None, allowed.call_id)
    return execute(allowed, suspended=False)


def execute(allowed: Allowed, *, suspended: bool) -> Ended | Waiting:
    """Borrow the credential, send, and store the outcome with its record.

    Where somebody else took the call first, it is theirs to end: nothing is sent.
    """
    # No pooled connection is held over the network: one slow backend would take all.
    give_connection_back()
    deadline = Deadline(allowed.action.route.backend.timeout_seconds)
    try:
        loan = loan_request(allowed, suspended=suspended)
        lane = lane_settings(allowed.action.route.lane, allowed.action.principal.tenant)
        with lease(allowed.claim, call=loan, lane=lane, deadline=deadline) as borrowed:
            if not _is_ours_to_send(allowed, borrowed):
                return answer_of(Call.objects.get(pk=allowed.call_id))
            with step("send"):
                outcome = _sent(allowed, borrowed, deadline=deadline)
            fingerprint = borrowed.fingerprint
    except Denied as refusal:
        outcome, fingerprint = _not_lent(refusal), None
    with step("settle"):
        return _ended(allowed, outcome, fingerprint=fingerprint)


def give_connection_back() -> None:
    """Return this thread's connection to the pool; inside a transaction it stays."""
    if not connection.in_atomic_block:
        connection.close()


def _is_ours_to_send(allowed: Allowed, borrowed: Credential) -> bool:
    if allowed.state == Call.State.SENDING:
        return True
    now, backend = timezone.now(), allowed.action.route.backend
    taken = Call.objects.take(
        allowed.call_id,
        credential=borrowed.fingerprint or "",
        sent_at=now,
        deadline_at=deadline_of(backend, now=now),
    )
    give_connection_back()
    return taken


def _sent(
    allowed: Allowed, borrowed: Credential, *, deadline: Deadline
) -> BackendOutcome:
    try:
        return send(outbound(allowed, deadline=deadline), borrowed)
    except Exception as error:  # noqa: BLE001 - a door would say "nothing was sent"
        _logger.error(  # noqa: TRY400 - the text may hold arguments or the secret
            "unforeseen %s while %s was sent",
            type(error).__qualname__,
            allowed.call_id,
        )
        return lost("What became of it is not known.", risk=allowed.action.route.risk)


def loan_request(allowed: Allowed, *, suspended: bool) -> LoanRequest:
    """Say for which call a credential is borrowed."""
    action = allowed.action
    return LoanRequest(
        tenant=action.principal.tenant,
        lane=action.route.lane.name,
        scope=action.scope,
        args_digest=digest_text(action.args_digest),
        claim_id=allowed.claim.jti,
        claim_ends_at=allowed.claim_ends_at,
        asked_at=int(timezone.now().timestamp()),
        suspended=suspended,
    )


def lane_settings(lane: LaneFacts, tenant: str) -> LaneSettings:
    """Return a lane as a broker wants it; its secret is still closed."""
    return LaneSettings(
        tenant=tenant,
        name=lane.name,
        kind=lane.kind,
        privilege=lane.privilege,
        placement=dict(lane.placement),
        sealed_secret=lane.sealed_secret,
        secret_version=lane.secret_version,
    )


def backend_settings(backend: BackendFacts) -> BackendSettings:
    """Return a backend as the egress guard wants it."""
    return BackendSettings(
        id=backend.id,
        version=backend.version,
        base_url=backend.base_url,
        cidrs=backend.allowed_cidrs,
        timeout_seconds=backend.timeout_seconds,
        max_response_bytes=backend.max_response_bytes,
        max_concurrent=backend.max_concurrent,
        ca_pem=backend.ca_pem,
    )


def outbound(allowed: Allowed, *, deadline: Deadline) -> Outbound:
    """Build the request from the stored bytes and the route, and nothing else."""
    route = allowed.action.route
    args = parse_json(allowed.action.args)
    return Outbound(
        backend=backend_settings(route.backend),
        mapped=route.mapping.render(args, call_id=allowed.call_id),
        risk=route.risk,
        traceparent=traceparent(),
        deadline=deadline,
    )


def _not_lent(refusal: Denied) -> BackendOutcome:
    reason = refusal.reason
    if reason is not Reason.CLAIM_WRONG_LANE:
        reason = Reason.CREDENTIAL_UNAVAILABLE
    return BackendOutcome("failed", reason, str(refusal))


_EVENTS: Final = {
    "completed": "call.completed",
    "failed": "call.failed",
    "outcome_unknown": "call.unknown",
}


def _ended(
    allowed: Allowed, outcome: BackendOutcome, *, fingerprint: str | None
) -> Ended:
    """Store the outcome; if the database won't take it, call it unknown."""
    now = timezone.now()
    stored = Outcome(
        call_id=allowed.call_id,
        state=outcome.state,
        reason=outcome.reason or "",
        detail=outcome.detail,
        status=outcome.status,
        content_type=outcome.content_type,
        body=outcome.body,
        keeps_result=allowed.keeps_result,
    )
    facts = _outcome_facts(allowed, outcome, fingerprint=fingerprint)
    prepared = prepare(_EVENTS[outcome.state], now=now, **facts)
    durable = allowed.action.route.risk is not Risk.READ
    if not _stored(stored, prepared=prepared, now=now, durable=durable):
        # What the system of record does not know, nobody is told as a fact.
        outcome = BackendOutcome(
            "outcome_unknown",
            Reason.OUTCOME_UNKNOWN,
            "The outcome could not be stored.",
        )
    else:
        _tell(allowed, outcome, now=now)
    return _answer(allowed, outcome)


def _tell(allowed: Allowed, outcome: BackendOutcome, *, now: datetime) -> None:
    """Let people know of what they approved, and of anything unclear."""
    event = {"completed": "executed"}.get(outcome.state, outcome.state)
    if allowed.approval_id is None and event != "outcome_unknown":
        return
    try:
        call = Call.objects.select_related("agent").get(pk=allowed.call_id)
        tell_outcome(call, event=event, now=now)
    except (DatabaseError, InterfaceError):
        # The outcome is on record; a mail about it is not worth an error.
        _logger.warning("nobody was told of %s", allowed.call_id)


def _outcome_facts(
    allowed: Allowed, outcome: BackendOutcome, *, fingerprint: str | None
) -> Facts:
    payload = allowed.claim.payload
    detail: dict[str, str | int] = {"lane_kind": allowed.action.route.lane.kind}
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


def _stored(
    outcome: Outcome, *, prepared: Prepared, now: datetime, durable: bool
) -> bool:
    """Store an outcome, trying three times in all; False if it was not possible."""
    for pause in (*OUTCOME_PAUSES_SECONDS, None):
        try:
            done = settle(outcome, prepared=prepared, now=now, durable=durable)
            # Not by us now, it may be by us before: a try whose own answer was lost.
            return done or Record.objects.filter(pk=prepared.id).exists()
        except (RecordUnavailable, DatabaseError, InterfaceError):
            # Without the exception: a driver's message quotes the statement.
            _logger.error("outcome of %s not stored", outcome.call_id)  # noqa: TRY400
            if pause is not None:
                time.sleep(pause)
    return False


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
