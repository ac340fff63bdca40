"""What every record about an approval or a claim copies."""

from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from approvals.models import Approval, Claim, Vote
from approvals.services.counting import is_sealed
from audit.services import Approver, Facts, record
from governance.models import User


def approval_facts(approval: Approval, *, person: User | None = None) -> Facts:
    """Return the facts of an approval; ``person`` is who acted, if a person did."""
    facts: Facts = {
        "tenant": approval.tenant.slug,
        "actor_kind": "person" if person else "system",
        "agent": approval.agent.name,
        "person": person.username if person else None,
        "on_behalf_of": approval.session.on_behalf_of,
        "tool": approval.tool,
        "risk": approval.risk,
        "backend": approval.backend,
        "session_id": approval.session_id,
        "approval_id": approval.pk,
        "scope": approval.scope,
        "lane": approval.lane,
        "route_version": approval.route_version.number,
        "route_digest": approval.route_version.digest,
        "policy": _rule(approval),
        "args_digest": bytes(approval.args_digest),
        "summary_digest": bytes(approval.summary_digest),
        "fingerprint": bytes(approval.fingerprint),
        "summary": approval.summary,
    }
    return facts


def record_approval(
    event: str,
    approval: Approval,
    *,
    now: datetime,
    by: User | None = None,
    claim: Claim | None = None,
    **more: Unpack[Facts],
) -> None:
    """Record an event of an approval; ``more`` adds to its facts, or corrects them."""
    facts: Facts = {**approval_facts(approval, person=by), **more}
    if claim is not None:
        facts.update(claim_facts(claim))
    record(event, now=now, **facts)


def claim_facts(claim: Claim) -> Facts:
    """Return what a record adds about a claim."""
    return {
        "claim_id": claim.pk,
        "claim_nonce": bytes(claim.nonce_hash),
        "claim_max_uses": claim.max_uses,
    }


def approvers(votes: Iterable[Vote]) -> list[Approver]:
    """Copy votes: the rows that they come from may vanish.

    Those that we sealed: evidence must not say yes for somebody who never did.
    """
    return [
        {
            "person": vote.person.username,
            "seat": vote.seat,
            "verdict": vote.verdict,
            "at": vote.at,
            "channel": vote.channel,
            "signed_in_by": vote.signed_in_by,
            "signed_in_at": vote.signed_in_at,
            "shown": vote.shown,
        }
        for vote in votes
        if is_sealed(vote)
    ]


def _rule(approval: Approval) -> str:
    quorum, group = approval.quorum, approval.group.name
    return f"required: {quorum} of {group}, {approval.separation}"
