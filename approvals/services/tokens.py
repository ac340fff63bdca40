"""From a claim's row to what an agent carries: signed anew each time, never stored."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from approvals.claims import (
    MAX_LIFE_SECONDS,
    ClaimPayload,
    VerifiedClaim,
    granted,
    nonce_for,
    sign,
)
from approvals.models import Claim
from approvals.services.keyring import active_kid
from governance.arguments import digest_text
from governance.decision import Reason
from governance.errors import Denied
from governance.keys import KeyUnavailable, claim_private_key, nonce_key
from governance.seals import holds


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and its end; the claim's row may live longer."""

    token: str
    expires_at: datetime


def payload_of(claim: Claim, *, now: datetime) -> ClaimPayload:
    """Return what a token of this row says if it is signed now.

    Of a row that is over it ends at once: whether it is, only the row can say.
    """
    begins = int(now.timestamp())
    life = min(settings.CLAIM_SECONDS, MAX_LIFE_SECONDS)
    ends = min(begins + life, int(claim.execute_by.timestamp()))
    return ClaimPayload(
        iss=settings.ISSUER,
        aud=settings.AUDIENCE,
        jti=claim.pk,
        iat=begins,
        nbf=begins,
        exp=max(ends, begins + 1),
        tenant_id=claim.tenant.slug,
        sub=claim.agent.name,
        session_id=claim.session_id,
        tool=claim.tool,
        risk=claim.risk,
        scope=claim.scope,
        lane=claim.lane,
        route=claim.route_digest,
        args=digest_text(bytes(claim.args_digest)),
        summary=digest_text(bytes(claim.summary_digest)),
        approval_id=claim.approval_id,
        nonce=nonce_for(claim.pk, nonce_key()),
        max_uses=claim.max_uses,
    )


def token_for(claim: Claim, *, now: datetime) -> IssuedToken:
    """Sign a token of a claim's row, with the key that is active now.

    Raises Denied ``claim_signature_invalid`` if the row was altered behind our back,
    ``claim_expired`` if it is over, ``unavailable`` without a key.
    """
    _insist_on_seal(claim)
    if claim.execute_by <= now:
        raise Denied(Reason.CLAIM_EXPIRED)
    payload, kid = payload_of(claim, now=now), active_kid()
    try:
        token = sign(payload, kid=kid, key=claim_private_key(kid))
    except KeyUnavailable as error:
        raise Denied(Reason.UNAVAILABLE, "The key for claims is missing.") from error
    return IssuedToken(token, datetime.fromtimestamp(payload.exp, UTC))


def verified_row(claim: Claim, *, now: datetime) -> VerifiedClaim:
    """Attach an approved claim for its agent, who shows no token.

    Raises Denied ``claim_signature_invalid`` if the row was altered behind our back.
    """
    _insist_on_seal(claim)
    return granted(payload_of(claim, now=now))


def _insist_on_seal(claim: Claim) -> None:
    if not holds("claim", claim.members(), bytes(claim.seal)):
        raise Denied(Reason.CLAIM_SIGNATURE_INVALID)
