"""Cancelling, withdrawing, revoking: what is taken back, and by whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as _

from approvals import eligibility
from approvals.clock import database_now
from approvals.models import Approval, Claim, Vote
from approvals.services.counting import is_sealed
from approvals.services.endings import By, State, end, revoke_covered, take_back
from approvals.services.locking import lock_approval
from approvals.services.refusals import recorded
from governance.decision import Reason
from governance.errors import Denied
from governance.models import Membership, User
from governance.policy import Principal

WITHDRAWN: Final = "withdrawn"


@transaction.atomic
def cancel_as_agent(
    approval_id: str, *, principal: Principal, now: datetime
) -> Approval:
    """Cancel what the agent itself asked for and nobody has decided.

    Raises Denied ``not_found``, also for another agent's, or ``approval_closed``.
    """
    approval = lock_approval(approval_id)
    if approval.agent_id != principal.agent_id:
        raise Denied(Reason.NOT_FOUND, _("There is no such approval."))
    at = _pending_at(approval)
    end(approval, State.CANCELLED, by=By.AGENT, at=at, now=now)
    return approval


def cancel_as_person(approval_id: str, *, by: User, now: datetime) -> Approval:
    """Cancel as the agent's owner, or as the human whose session it is.

    Raises Denied ``vote_no_seat`` or ``approval_closed``; that is recorded.
    """
    with _locked(approval_id, by=by, action="cancel", now=now) as approval:
        if by.pk not in (approval.agent.owner_id, approval.session.human_id):
            raise Denied(
                Reason.VOTE_NO_SEAT, _("Only the agent's owner can cancel its request.")
            )
        at = _pending_at(approval)
        end(approval, State.CANCELLED, by=By.PERSON, at=at, now=now, person=by)
        return approval


def withdraw(approval_id: str, *, by: User, now: datetime) -> Approval:
    """Take an approving vote back while the quorum is not reached: that denies it.

    The vote stays as it was cast.  Raises Denied, which is recorded.
    """
    with _locked(approval_id, by=by, action="withdraw", now=now) as approval:
        cast = approval.votes.filter(person=by, verdict=Vote.Verdict.APPROVE).first()
        if cast is None or not is_sealed(cast):
            raise Denied(
                Reason.VOTE_NO_SEAT, _("There is no vote of yours to withdraw.")
            )
        at = _pending_at(approval)
        end(
            approval,
            State.DENIED,
            by=By.PERSON,
            at=at,
            now=now,
            person=by,
            reason=WITHDRAWN,
            told="An approval was withdrawn before enough people had approved.",
        )
        return approval


def revoke(approval_id: str, *, by: User, now: datetime) -> Approval:
    """Take an approval back before it is used: anybody with a seat, and any admin.

    Whoever comes second, a spend or this, is told: ``approval_closed``.  Raises
    Denied, which is recorded.
    """
    with _locked(approval_id, by=by, action="revoke", now=now) as approval:
        at = database_now()
        if not _may_revoke(by, approval, at=at):
            raise Denied(
                Reason.VOTE_NO_SEAT,
                _("Only approvers of this and admins can revoke it."),
            )
        is_approved = approval.state == State.APPROVED
        if not is_approved or not take_back(
            approval, by=By.PERSON, at=at, now=now, person=by
        ):
            raise Denied(Reason.APPROVAL_CLOSED, _("There is no unused yes to revoke."))
        return approval


@transaction.atomic
def revoke_claim(claim_id: str, *, by: User, now: datetime) -> bool:
    """Take back what policy minted and nobody has used; False if it was too late.

    For admins, whose page has checked that the claim is of their tenant.
    """
    claim = Claim.objects.filter(pk=claim_id)
    return revoke_covered(claim, why=Reason.CLAIM_REVOKED, now=now, by=by) == 1


@contextmanager
def _locked(
    approval_id: str, *, by: User, action: str, now: datetime
) -> Iterator[Approval]:
    with (
        recorded(approval_id, person=by, action=action, now=now),
        transaction.atomic(durable=True),
    ):
        yield lock_approval(approval_id)


def _pending_at(approval: Approval) -> datetime:
    at = database_now()
    if approval.state != State.PENDING or approval.decide_by <= at:
        raise Denied(Reason.APPROVAL_CLOSED)
    return at


def _may_revoke(person: User, approval: Approval, *, at: datetime) -> bool:
    admins = Membership.objects.valid(at).filter(
        tenant=approval.tenant_id, role=Membership.Role.ADMIN, user=person
    )
    if not person.is_active:
        return False
    is_admin = person.is_superuser or admins.exists()
    return is_admin or eligibility.seat_of(person, approval, now=at).seat is not None
