"""How an approval is over: one function writes it, with its evidence and notices."""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from approvals.clock import database_now
from approvals.models import Approval, Claim
from approvals.services.evidence import approvers, claim_facts, record_approval
from approvals.services.locking import lock, read_approval
from approvals.services.notices import tell_ending, tell_unsatisfiable
from audit.services import Facts, record
from audit.services.facts import ActorKind
from governance.decision import Reason
from governance.models import AgentSession, User

State = Approval.State
By = Approval.By


def end(
    approval: Approval,
    state: Approval.State,
    *,
    by: Approval.By,
    at: datetime,
    now: datetime,
    person: User | None = None,
    reason: str = "",
    told: str = "",
) -> None:
    """End a locked approval; ``told`` is what the agent reads of it.

    ``reason`` is a code where the ending has one of its own.
    """
    approval.state = state
    approval.ended_at = approval.changed_at = at
    approval.ended_by, approval.ended_by_person = by, person
    approval.ended_reason, approval.reason_for_agent = reason, told
    if approval.decided_at is None and state == State.DENIED:
        approval.decided_at = at
    approval.save(update_fields=_ENDING)
    _record(approval, now=now, person=person)
    tell_ending(approval, at=at)


def end_unsatisfiable(approval: Approval, *, at: datetime, now: datetime) -> None:
    """End a locked approval for whose quorum too few people are left."""
    reason = Reason.APPROVAL_UNSATISFIABLE
    end(approval, State.CANCELLED, by=By.SYSTEM, at=at, now=now, reason=reason)
    tell_unsatisfiable(approval, at=at)


def take_back(
    approval: Approval,
    *,
    by: Approval.By,
    at: datetime,
    now: datetime,
    person: User | None = None,
    why: str = Reason.APPROVAL_REVOKED,
) -> bool:
    """Revoke a locked, approved request; False if its claim was spent already."""
    if not Claim.objects.filter(approval=approval).revoke(why=why, at=at):
        return False
    end(approval, State.REVOKED, by=by, at=at, now=now, person=person, reason=why)
    return True


def close(
    approvals: QuerySet[Approval],
    *,
    pending_as: Approval.State,
    by: Approval.By,
    why: str,
    now: datetime,
    person: User | None = None,
    told: str = "",
) -> None:
    """End these open approvals: pending ones as told, the unspent others revoked."""
    for approval_id in lock(
        approvals.filter(state__in=[State.PENDING, State.APPROVED])
    ):
        approval, at = read_approval(approval_id), database_now()
        if approval.state == State.PENDING:
            end(
                approval,
                pending_as,
                by=by,
                at=at,
                now=now,
                reason=why,
                person=person,
                told=told,
            )
        else:
            take_back(approval, by=by, at=at, now=now, why=why, person=person)


def revoke_covered(
    claims: QuerySet[Claim], *, why: str, now: datetime, by: User | None = None
) -> int:
    """Revoke those of these claims that policy minted, unless spent; how many."""
    revoked = 0
    at = database_now()
    covered = claims.filter(approval=None, revoked_at=None, execute_by__gt=at)
    for claim in covered.select_related("tenant", "agent").order_by("pk"):
        if Claim.objects.filter(pk=claim.pk).revoke(why=why, at=at):
            record("claim.revoked", now=now, **_evidence(claim, why, by))
            revoked += 1
    return revoked


def close_session(session: AgentSession, *, why: str, now: datetime) -> None:
    """Cancel what a session waits for and take back what it was allowed.

    To be called in the transaction that ended the session or moved its epoch on.
    """
    close(
        Approval.objects.filter(session=session),
        pending_as=State.CANCELLED,
        by=By.AGENT,
        why=why,
        now=now,
    )
    revoke_covered(Claim.objects.filter(session=session), why=why, now=now)


def _record(approval: Approval, *, now: datetime, person: User | None) -> None:
    record_approval(
        f"approval.{approval.state}",
        approval,
        now=now,
        by=person,
        claim=Claim.objects.filter(approval=approval).first(),
        actor_kind=_ACTORS[By(approval.ended_by)],
        reason=approval.ended_reason or None,
        approvers=approvers(approval.votes.select_related("person")),
        detail={"code": approval.code},
    )


def _evidence(claim: Claim, why: str, by: User | None) -> Facts:
    return {
        "reason": why,
        "actor_kind": "person" if by else "system",
        "person": by.username if by else None,
        "tenant": claim.tenant.slug,
        "agent": claim.agent.name,
        "tool": claim.tool,
        "risk": claim.risk,
        "session_id": claim.session_id,
        "scope": claim.scope,
        "lane": claim.lane,
        "route_digest": claim.route_digest,
        **claim_facts(claim),
    }


_ACTORS: Final[dict[Approval.By, ActorKind]] = {
    By.PERSON: "person",
    By.AGENT: "agent",
    By.SYSTEM: "system",
}
_ENDING: Final = [
    "state",
    "ended_at",
    "ended_by",
    "ended_by_person",
    "ended_reason",
    "reason_for_agent",
    "decided_at",
    "changed_at",
]
