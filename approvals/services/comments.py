"""Comments on a request, and who is looking at it."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as _

from approvals import eligibility
from approvals.clock import database_now
from approvals.models import Approval, Comment, Taking
from approvals.services.evidence import record_approval
from approvals.services.locking import lock_approval
from approvals.services.refusals import recorded
from governance.decision import Reason
from governance.errors import Denied
from governance.models import Membership, User

CHARACTERS: Final = 1000


def comment(
    approval_id: str, *, by: User, text: str, to_agent: bool, now: datetime
) -> Comment:
    """Write a remark; one to the agent becomes what it reads while it waits.

    Raises Denied, which is recorded: ``not_found``, ``vote_no_seat``,
    ``approval_closed`` for words to an agent that waits no more.
    """
    written = text.strip()[:CHARACTERS].replace("\0", "\ufffd")
    with (
        recorded(approval_id, person=by, action="comment", now=now),
        transaction.atomic(durable=True),
    ):
        approval, at = lock_approval(approval_id), database_now()
        _insist(approval, by, written, to_agent=to_agent, at=at)
        made = Comment.objects.create(
            approval=approval, person=by, text=written, to_agent=to_agent, at=at
        )
        _tell_agent(approval, made)
        _record(approval, made, now=now)
        return made


def take(approval_id: str, *, by: User, now: datetime) -> None:
    """Say for ten minutes that somebody looks; it blocks nobody.

    Raises Denied, which is recorded: ``not_found``, ``vote_no_seat``,
    ``approval_closed``.
    """
    with (
        recorded(approval_id, person=by, action="take", now=now),
        transaction.atomic(durable=True),
    ):
        approval, at = lock_approval(approval_id), database_now()
        if approval.state != Approval.State.PENDING or approval.decide_by <= at:
            raise Denied(Reason.APPROVAL_CLOSED)
        if eligibility.seat_of(by, approval, now=at).seat is None:
            raise Denied(Reason.VOTE_NO_SEAT, _("Only who may vote here can take it."))
        Taking.objects.update_or_create(
            approval=approval, person=by, defaults={"at": at}
        )
        _touch(approval, at)


def may_comment(person: User, approval: Approval, *, now: datetime) -> bool:
    """Tell whether a person may comment: approvers of the tenant, and every seat."""
    approvers = Membership.objects.valid(now).filter(
        user=person, tenant=approval.tenant_id, role=Membership.Role.APPROVER
    )
    if not person.is_active:
        return False
    seat = eligibility.seat_of(person, approval, now=now).seat
    return seat is not None or approvers.exists()


def _insist(
    approval: Approval, by: User, text: str, *, to_agent: bool, at: datetime
) -> None:
    if not may_comment(by, approval, now=at):
        raise Denied(
            Reason.VOTE_NO_SEAT, _("Only approvers of this tenant can comment.")
        )
    if not text:
        raise Denied(Reason.INVALID_REQUEST, _("There is nothing in the comment."))
    waits = approval.state == Approval.State.PENDING and approval.decide_by > at
    if to_agent and not waits:
        raise Denied(
            Reason.APPROVAL_CLOSED, _("The agent is told how it ended, and no more.")
        )


def _tell_agent(approval: Approval, made: Comment) -> None:
    if made.to_agent:
        approval.reason_for_agent = made.text or ""
        approval.save(update_fields=["reason_for_agent"])
    _touch(approval, made.at)


def _touch(approval: Approval, at: datetime) -> None:
    # An ending's time is what happened last; a remark after it is none.
    if approval.state == Approval.State.PENDING:
        approval.changed_at = at
        approval.save(update_fields=["changed_at"])


def _record(approval: Approval, made: Comment, *, now: datetime) -> None:
    record_approval(
        "approval.commented",
        approval,
        now=now,
        by=made.person,
        stated_reason=made.text,
        detail={"code": approval.code, "to_agent": made.to_agent},
    )
