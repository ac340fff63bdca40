"""The head of the one statement that makes a call allowed.

It is a ``WITH`` head whose CTE ``spent`` gives one row exactly if the claim may be used
now; the proxy appends the call, its payload and the evidence, each of which is inserted
only if ``spent`` gave a row.  One statement, one commit: all of it or nothing.

It never waits for a lock: after a wait a statement goes on with the snapshot of before,
and was seen to accept a claim that expired, and a policy that was withdrawn, meanwhile.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from approvals.actions import Action
from approvals.claims import VerifiedClaim, nonce_hash

_LIVE_SESSION: Final = """
        AND s.ended_at IS NULL AND s.epoch = %(session_epoch)s
        AND s.expires_at > clock_timestamp()
        AND s.last_used_at > clock_timestamp() - interval '24 hours'"""

_CLAIM_MAY_BE_SPENT: Final = f"""
      WHERE c.id = %(claim_id)s AND c.nonce_hash = %(nonce_hash)s
        AND c.uses < c.max_uses AND c.uses = %(uses_seen)s AND c.revoked_at IS NULL
        AND least(c.execute_by, %(token_ends_at)s::timestamptz) > clock_timestamp()
        AND c.failover_epoch = failover_epoch()
        AND c.session_epoch = s.epoch
        AND t.policy_epoch = %(policy_epoch)s{_LIVE_SESSION}"""

# A claim that an approval minted: the approval's row is locked with it, in the same
# breath, so that a vote, a revocation and a spend never wait for each other in a ring.
SPEND_APPROVED: Final = f"""
    WITH taken AS (
      SELECT c.id, a.id AS approval_id FROM approvals_claim c
        JOIN approvals_approval a ON a.id = c.approval_id AND a.state = 'approved'
        JOIN governance_tenant t ON t.id = c.tenant_id
        JOIN governance_agentsession s ON s.id = c.session_id{_CLAIM_MAY_BE_SPENT}
      FOR NO KEY UPDATE OF c, a SKIP LOCKED),
    spent AS (
      UPDATE approvals_claim c SET uses = c.uses + 1 FROM taken
      WHERE c.id = taken.id RETURNING c.id, c.uses, c.max_uses, taken.approval_id),
    executed AS (
      UPDATE approvals_approval a SET state = 'executed',
        ended_at = clock_timestamp(), changed_at = clock_timestamp()
      FROM spent WHERE a.id = spent.approval_id AND spent.uses = spent.max_uses)"""  # noqa: S608 (texts of ours)

# A claim that policy minted ahead of its use (POST /v1/claims).
SPEND_COVERED: Final = f"""
    WITH taken AS (
      SELECT c.id FROM approvals_claim c
        JOIN governance_tenant t ON t.id = c.tenant_id
        JOIN governance_agentsession s ON s.id = c.session_id{_CLAIM_MAY_BE_SPENT}
        AND c.approval_id IS NULL
      FOR NO KEY UPDATE OF c SKIP LOCKED),
    spent AS (
      UPDATE approvals_claim c SET uses = c.uses + 1 FROM taken
      WHERE c.id = taken.id RETURNING c.id, c.uses, c.max_uses)"""  # noqa: S608 (texts of ours)

# A claim that policy grants on the spot: spent as it is born, without a row.
SPEND_GRANTED: Final = f"""
    WITH spent AS (
      SELECT %(claim_id)s AS id, 1 AS uses, 1 AS max_uses FROM governance_tenant t
        JOIN governance_agentsession s ON s.id = %(session_id)s
      WHERE t.id = %(tenant_id)s
        AND t.policy_epoch = %(policy_epoch)s{_LIVE_SESSION})"""  # noqa: S608 (texts of ours)


def spend_params(
    claim: VerifiedClaim,
    action: Action,
    *,
    uses_seen: int,
    token_ends_at: datetime | None,
) -> Mapping[str, object]:
    """Return the named parameters of any of the three heads.

    ``token_ends_at`` is the end of the token that the agent showed; None where the
    row's own end is the only one.  ``uses_seen`` is what the record is about to call
    this use's number less one: a use that somebody else took meanwhile is looked at
    again, so that no record names a wrong one.
    """
    return {
        "claim_id": claim.jti,
        "nonce_hash": nonce_hash(claim.payload.nonce),
        "uses_seen": uses_seen,
        "token_ends_at": token_ends_at,
        "policy_epoch": action.principal.epoch,
        "session_epoch": action.session.epoch,
        "session_id": action.session.pk,
        "tenant_id": action.principal.tenant_id,
    }


def token_end(claim: VerifiedClaim) -> datetime:
    """Return the moment from which the token is no longer honoured."""
    return datetime.fromtimestamp(claim.payload.exp, tz=UTC)
