"""Steps 10 and 11: borrow, and send from the stored bytes."""

import logging
from functools import lru_cache
from typing import Final

from django.utils import timezone

from audit.connections import give_connection_back
from governance.arguments import digest_text, parse_json
from governance.decision import Reason
from governance.egress import BackendSettings, Deadline
from governance.errors import Denied
from governance.nudges import nudge
from governance.policy import BackendFacts, LaneFacts
from proxy.allowed import Allowed
from proxy.asking import Ended, Waiting
from proxy.backends.answers import BackendOutcome, lost
from proxy.backends.sending import Outgoing, outgoing, send
from proxy.credentials.credential import Credential
from proxy.credentials.failures import NotLent
from proxy.credentials.lease import lease
from proxy.credentials.loans import LaneSettings, LoanRequest
from proxy.ending import end
from proxy.imports import pins
from proxy.ledger import deadline_of
from proxy.models import Call
from proxy.replays import answer_of
from proxy.telemetry import step, traceparent

NOTHING_LENT: Final = Credential()
_logger: Final = logging.getLogger(__name__)


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
                return _stored_answer(allowed)
            with step("send"):
                outcome = _sent(allowed, borrowed, deadline=deadline)
            borrowed.account.is_refused = outcome.drop_lease
    except Denied as refusal:
        outcome, borrowed = _not_lent(refusal), NOTHING_LENT
    with step("settle"):
        return end(
            allowed,
            outcome,
            fingerprint=borrowed.fingerprint,
            loan=borrowed.account.detail(),
        )


def _is_ours_to_send(allowed: Allowed, borrowed: Credential) -> bool:
    if allowed.state == Call.State.SENDING:
        return True
    now, backend = timezone.now(), allowed.action.route.backend
    taken = Call.objects.take(
        allowed.call_id,
        credential=borrowed.fingerprint or "",
        credential_expires_at=borrowed.account.ends_at,
        sent_at=now,
        deadline_at=deadline_of(backend, now=now),
    )
    give_connection_back()
    return taken


def _stored_answer(allowed: Allowed) -> Ended | Waiting:
    answer = answer_of(Call.objects.get(pk=allowed.call_id))
    give_connection_back()  # what was borrowed goes back over the network
    return answer


def _sent(
    allowed: Allowed, borrowed: Credential, *, deadline: Deadline
) -> BackendOutcome:
    route = allowed.action.route
    try:
        backend = backend_settings(route.backend)
        why = pins.stopped(route, borrowed, backend=backend, deadline=deadline)
        if why is not None:
            give_connection_back()  # the route may have been suspended with it
            return why
        return send(outbound(allowed, deadline=deadline), borrowed)
    except Exception as error:  # noqa: BLE001 - a door would say "nothing was sent"
        _logger.error(  # noqa: TRY400 - the text may hold arguments or the secret
            "unforeseen %s while %s was sent",
            type(error).__qualname__,
            allowed.call_id,
        )
        return lost("What became of it is not known.", risk=route.risk)


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
        call_id=allowed.call_id,
        agent=action.principal.agent,
        risk=action.route.risk,
        scope_template=action.route.scope_template,
        epoch=action.principal.epoch,
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
        settings=lane.settings,
        narrowing=lane.narrowing,
        max_seconds=lane.max_seconds,
        reuse_seconds=lane.reuse_seconds,
        version=lane.version,
    )


@lru_cache(maxsize=1024)
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


def outbound(allowed: Allowed, *, deadline: Deadline) -> Outgoing:
    """Build the request from the stored bytes and the route, and nothing else."""
    route = allowed.action.route
    args = parse_json(allowed.action.args)
    return outgoing(
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
    # The agent need not learn what is wrong with a lane's settings; the record does.
    note = refusal.note if isinstance(refusal, NotLent) else ""
    return BackendOutcome("failed", reason, str(refusal), note)
