"""Whether a claim is for exactly this action, and why it could not be spent.

What a token binds is compared before the state of its row is told, so a thief learns
nothing about the state (docs/one-call.md, "Which reason wins").
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import CharField, DateTimeField, F, Func

from approvals.actions import Action
from approvals.claims import ClaimPayload, VerifiedClaim, nonce_hash, verify
from approvals.models import Claim
from approvals.services import verification_keys
from governance.arguments import digest_text
from governance.decision import Decision, Reason
from governance.errors import Denied
from governance.seals import holds

_COMPARED: Final = (
    ("tenant_id", Reason.CLAIM_WRONG_AGENT),
    ("sub", Reason.CLAIM_WRONG_AGENT),
    ("session_id", Reason.CLAIM_WRONG_SESSION),
    ("tool", Reason.CLAIM_WRONG_TOOL),
    ("risk", Reason.CLAIM_WRONG_RISK),
    ("route", Reason.CLAIM_WRONG_ROUTE),
    ("scope", Reason.CLAIM_WRONG_SCOPE),
    ("args", Reason.CLAIM_WRONG_ARGUMENTS),
    ("summary", Reason.CLAIM_WRONG_ARGUMENTS),
    ("lane", Reason.CLAIM_WRONG_LANE),
)


def redeem(token: str, action: Action, *, now: datetime) -> tuple[VerifiedClaim, Claim]:
    """Verify a token, find its row, and compare both with the action.

    Raises Denied with the first reason that fails.  Nothing is spent here.
    """
    verified = verify(
        token,
        keys=verification_keys(),
        issuer=settings.ISSUER,
        audience=settings.AUDIENCE,
        now=int(now.timestamp()),
    )
    if isinstance(verified, Decision):
        raise Denied(verified.reason or Reason.CLAIM_MALFORMED)
    row = _row(verified)
    compare(verified.payload, action)
    # Whoever has a signing key can write what they like: the sealed row must agree.
    _compare_row(row, action)
    return verified, row


def _row(claim: VerifiedClaim) -> Claim:
    # Alone and in no order: joins, and what Django does for them, cost more than it.
    row = next(iter(Claim.objects.filter(pk=claim.jti).order_by()), None)
    known = (
        row is not None
        and bytes(row.nonce_hash) == nonce_hash(claim.payload.nonce)
        and holds("claim", row.members(), row.seal)
    )
    if row is None or not known:
        raise Denied(Reason.CLAIM_SIGNATURE_INVALID)
    return row


def compare(payload: ClaimPayload, action: Action) -> None:
    """Refuse a claim for anything but this action.

    Raises Denied with the first member that differs, in the order of docs/one-call.md.
    """
    expected = {
        "tenant_id": action.principal.tenant,
        "sub": action.principal.agent,
        "session_id": action.session.pk,
        "tool": action.route.tool,
        "risk": str(action.route.risk),
        "route": action.route.digest,
        "scope": action.scope,
        "args": digest_text(action.args_digest),
        "summary": digest_text(action.summary_digest),
        "lane": action.route.lane.name,
    }
    for member, reason in _COMPARED:
        if getattr(payload, member) != expected[member]:
            raise Denied(reason)


def _compare_row(row: Claim, action: Action) -> None:
    route, principal = action.route, action.principal
    refused = (
        (row.tenant_id != principal.tenant_id, Reason.CLAIM_WRONG_AGENT),
        (row.agent_id != principal.agent_id, Reason.CLAIM_WRONG_AGENT),
        (row.session_id != action.session.pk, Reason.CLAIM_WRONG_SESSION),
        (row.tool != route.tool, Reason.CLAIM_WRONG_TOOL),
        (row.risk != str(route.risk), Reason.CLAIM_WRONG_RISK),
        (row.route_version_id != route.version_id, Reason.CLAIM_WRONG_ROUTE),
        (row.route_digest != route.digest, Reason.CLAIM_WRONG_ROUTE),
        (row.scope != action.scope, Reason.CLAIM_WRONG_SCOPE),
        (bytes(row.args_digest) != action.args_digest, Reason.CLAIM_WRONG_ARGUMENTS),
        (
            bytes(row.summary_digest) != action.summary_digest,
            Reason.CLAIM_WRONG_ARGUMENTS,
        ),
        (row.lane != route.lane.name, Reason.CLAIM_WRONG_LANE),
    )
    for differs, reason in refused:
        if differs:
            raise Denied(reason)


def why_not_spent(claim: Claim, *, token_ends_at: datetime | None) -> Reason | None:
    """Say why a claim's row could not be used; None if it could be by now.

    None means that somebody held the row locked, or that policy has moved on.
    Spent comes before expired, or an agent would believe that it never ran.
    """
    row = (
        Claim.objects.filter(pk=claim.pk)
        .annotate(
            clock=Func(function="clock_timestamp", output_field=DateTimeField()),
            lineage=Func(function="failover_epoch", output_field=CharField()),
            session_over=F("session__ended_at"),
            epoch_now=F("session__epoch"),
        )
        .values()
        .get()
    )
    ends = min(row["execute_by"], token_ends_at or row["execute_by"])
    refused = (
        (row["session_over"] is not None, Reason.SESSION_ENDED),
        (row["epoch_now"] != row["session_epoch"], Reason.CONTEXT_CHANGED),
        (row["uses"] >= row["max_uses"], Reason.CLAIM_SPENT),
        (row["revoked_at"] is not None, Reason.CLAIM_REVOKED),
        (row["failover_epoch"] != row["lineage"], Reason.CLAIM_REVOKED),
        (ends <= row["clock"], Reason.CLAIM_EXPIRED),
    )
    return next((reason for is_so, reason in refused if is_so), None)
