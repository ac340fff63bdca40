"""Steps 8 and 9: from a claim in whatever form to a call that is allowed."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from approvals.actions import Action
from approvals.claims import ClaimPayload, VerifiedClaim, nonce_for, nonce_hash
from approvals.claims import granted as granted_claim
from approvals.models import Approval, Claim
from approvals.redemption import compare, redeem, why_not_spent
from approvals.services import mint_covered, verified_row
from approvals.services.evidence import approvers
from approvals.spending import (
    SPEND_APPROVED,
    SPEND_COVERED,
    SPEND_GRANTED,
    token_end,
)
from audit.services import Facts
from governance.arguments import digest_text
from governance.decision import Reason
from governance.errors import Denied
from governance.ids import new_id
from governance.keys import nonce_key
from proxy.allowed import Allowed
from proxy.asking import Ended, ToolCall, Waiting
from proxy.ledger import Allowance, KeyTaken, UseTaken, allow
from proxy.models import Call
from proxy.replays import replay_of_claim, spent_by
from proxy.sessions import forget

LOCAL_LANES = frozenset({"none", "static"})

# An agent that showed no token asked for the approval: it is told about that.
_OF_THE_APPROVAL = {
    Reason.CLAIM_EXPIRED: Reason.APPROVAL_LAPSED,
    Reason.CLAIM_REVOKED: Reason.APPROVAL_REVOKED,
}


class Stale(Exception):
    """The claim could not be spent, and not for its own sake: decide again.

    Policy or session have moved on, or somebody holds the claim's row locked.
    """


@dataclass(frozen=True, slots=True)
class Spendable:
    """A verified claim and how it is spent; ``row`` is None where it has none."""

    head: str
    claim: VerifiedClaim
    row: Claim | None = None
    approval: Approval | None = None
    token_ends_at: datetime | None = None


def by_token(token: str, action: Action, *, now: datetime) -> Spendable:
    """Verify and compare the token that the agent showed.  Raises Denied."""
    claim, row = redeem(token, action, now=now)
    head = SPEND_APPROVED if row.approval_id else SPEND_COVERED
    return Spendable(head, claim, row, row.approval, token_end(claim))


def from_approval(approval: Approval, action: Action, *, now: datetime) -> Spendable:
    """Attach the claim of an approval for the agent that asked for it."""
    row = claim_of(approval)
    claim = verified_row(row, now=now)
    compare(claim.payload, action)
    return Spendable(SPEND_APPROVED, claim, row, approval)


def claim_of(approval: Approval) -> Claim:
    """Return the claim that an approval minted.

    Raises Denied ``claim_signature_invalid`` for one that was approved by hand, in the
    database: then there is none.
    """
    row: Claim | None = getattr(approval, "claim", None)
    if row is None:
        raise Denied(Reason.CLAIM_SIGNATURE_INVALID)
    return row


def granted(action: Action, *, mode: str, now: datetime) -> Spendable:
    """Grant a claim by policy, on the spot.

    A deferred call runs later, from its rows: so its claim gets a sealed row, too.
    """
    if mode == Call.Mode.DEFERRED:
        row = mint_covered(action, now=now)
        return Spendable(SPEND_COVERED, verified_row(row, now=now), row)
    return Spendable(SPEND_GRANTED, granted_claim(_payload(action, now=now)))


def _payload(action: Action, *, now: datetime) -> ClaimPayload:
    claim_id, seconds = new_id("clm"), int(now.timestamp())
    return ClaimPayload(
        iss=settings.ISSUER,
        aud=settings.AUDIENCE,
        jti=claim_id,
        iat=seconds,
        nbf=seconds,
        exp=seconds + settings.CLAIM_SECONDS,
        tenant_id=action.principal.tenant,
        sub=action.principal.agent,
        session_id=action.session.pk,
        tool=action.route.tool,
        risk=str(action.route.risk),
        scope=action.scope,
        lane=action.route.lane.name,
        route=action.route.digest,
        args=digest_text(action.args_digest),
        summary=digest_text(action.summary_digest),
        approval_id=None,
        nonce=nonce_for(claim_id, nonce_key()),
        max_uses=1,
    )


def spend(
    spendable: Spendable, action: Action, *, asked: ToolCall, now: datetime
) -> Allowed | Ended | Waiting:
    """Spend the claim and store the call as allowed, in one commit.

    An answer instead where an equal call was faster.  Raises Denied if the claim is
    spent, revoked or over; Stale if it is to be tried again.
    """
    allowance = _allowance(spendable, action, asked=asked)
    try:
        done = allow(
            spendable.head,
            allowance,
            facts=_facts(spendable, allowance, asked=asked),
            now=now,
        )
    except KeyTaken as error:
        if asked.idempotency_key is None:  # the key is of when the approval was asked
            raise Denied(Reason.IDEMPOTENCY_MISMATCH) from error
        raise Stale from None  # the next look finds the call that took the key
    except UseTaken:
        # The row's counter was turned back; the call that used it is still there.
        return _refused(spendable, Reason.CLAIM_SPENT, action, asked=asked, now=now)
    if done:
        return _allowed(spendable, allowance)
    return _not_spent(spendable, action, asked=asked, now=now)


def _not_spent(
    spendable: Spendable, action: Action, *, asked: ToolCall, now: datetime
) -> Ended | Waiting:
    forget(action.session)
    why = None
    if spendable.row is not None:
        why = why_not_spent(spendable.row, token_ends_at=spendable.token_ends_at)
    if why is None:
        raise Stale
    return _refused(spendable, why, action, asked=asked, now=now)


def insist_on_spendable(
    spendable: Spendable, action: Action, *, asked: ToolCall, now: datetime
) -> None:
    """Raise the Denied with which spending would refuse now; nothing is spent.

    What an equal call has spent is no refusal: its outcome is told again.
    """
    why = None
    if spendable.row is not None:
        why = why_not_spent(spendable.row, token_ends_at=spendable.token_ends_at)
    is_told_again = why is Reason.CLAIM_SPENT and asked.claim is None
    if why is not None and not is_told_again:
        _refused(spendable, why, action, asked=asked, now=now)


def _refused(
    spendable: Spendable,
    why: Reason,
    action: Action,
    *,
    asked: ToolCall,
    now: datetime,
) -> Ended | Waiting:
    if asked.claim is None:
        if why is Reason.CLAIM_SPENT:
            return _faster(spendable, asked=asked, now=now)
        raise Denied(_OF_THE_APPROVAL.get(why, why))
    call_id = None
    if why is Reason.CLAIM_SPENT:
        call_id = spent_by(spendable.claim.jti, agent_id=action.principal.agent_id)
    raise Denied(why, call_id=call_id) if call_id else Denied(why)


def _faster(spendable: Spendable, *, asked: ToolCall, now: datetime) -> Ended | Waiting:
    """Tell the outcome of the equal call that was faster.

    Raises Stale if that one has another Idempotency-Key: then this is a new request.
    """
    replay = replay_of_claim(spendable.claim.jti, key=asked.idempotency_key, now=now)
    if replay is None:
        raise Stale
    return replay


def _allowance(spendable: Spendable, action: Action, *, asked: ToolCall) -> Allowance:
    approval = spendable.approval
    # Nothing lies between this commit and the send where the lane borrows nothing
    # over the network: such a call is stored as being sent at once.
    is_local = action.route.lane.kind in LOCAL_LANES
    at_once = asked.mode == Call.Mode.NOW and is_local
    return Allowance(
        call_id=new_id("cal"),
        claim=spendable.claim,
        action=action,
        approval_id=approval.pk if approval else None,
        payload_id=_shared_payload(spendable),
        uses_seen=spendable.row.uses if spendable.row else 0,
        token_ends_at=spendable.token_ends_at,
        mode=asked.mode,
        state=Call.State.SENDING if at_once else Call.State.QUEUED,
        credential=action.route.lane.secret_fingerprint if is_local else "",
        idempotency_key=_key(spendable, asked),
    )


def _key(spendable: Spendable, asked: ToolCall) -> str | None:
    """Return the key of the request, or for a first use that of the first ask."""
    if asked.idempotency_key is not None or spendable.approval is None:
        return asked.idempotency_key
    is_first = spendable.row is not None and spendable.row.uses == 0
    return spendable.approval.idempotency_key or None if is_first else None


def evidence_of(spendable: Spendable) -> Facts:
    """Return what a record says of the claim, whether it could be spent or not."""
    payload = spendable.claim.payload
    return {
        "approval_id": payload.approval_id,
        "claim_id": payload.jti,
        "claim_nonce": nonce_hash(payload.nonce),
        "claim_max_uses": payload.max_uses,
    }


def _shared_payload(spendable: Spendable) -> str | None:
    # A second use of a claim must not overwrite the result of the first.
    once = spendable.claim.payload.max_uses == 1
    return spendable.approval.payload_id if spendable.approval and once else None


def _facts(spendable: Spendable, allowance: Allowance, *, asked: ToolCall) -> Facts:
    approval = spendable.approval
    votes = approval.votes.select_related("person") if approval else None
    return {
        **allowance.action.evidence(),
        **evidence_of(spendable),
        "call_id": allowance.call_id,
        "claim_use": allowance.uses_seen + 1,
        "approvers": approvers(votes) if votes else None,
        "stated_reason": asked.reason,
    }


def _allowed(spendable: Spendable, allowance: Allowance) -> Allowed:
    row, payload = spendable.row, spendable.claim.payload
    ends = int(row.execute_by.timestamp()) if row else payload.exp
    return Allowed(
        call_id=allowance.call_id,
        claim=spendable.claim,
        claim_use=allowance.uses_seen + 1,
        claim_ends_at=ends,
        action=allowance.action,
        approval_id=allowance.approval_id,
        mode=allowance.mode,
        state=allowance.state,
        has_key=allowance.idempotency_key is not None,
    )
