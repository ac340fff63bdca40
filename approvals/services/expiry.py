"""Two clocks: what nobody decided expires, what nobody used lapses; never a yes."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from approvals import eligibility
from approvals.clock import database_now
from approvals.models import Approval, Claim
from approvals.services.endings import By, State, end, end_unsatisfiable, take_back
from approvals.services.locking import lock, read_approval
from approvals.services.minting import failover_epoch
from governance.decision import Reason


def settle(approval: Approval, *, at: datetime, now: datetime) -> None:
    """End a locked approval whose time is over, by the database's clock.

    One whose claim was made before a failover can't be used: it is revoked.
    """
    if approval.state == State.PENDING and approval.decide_by <= at:
        end(approval, State.EXPIRED, by=By.SYSTEM, at=at, now=now)
    elif approval.state == State.APPROVED:
        _settle_approved(approval, at=at, now=now)


def _settle_approved(approval: Approval, *, at: datetime, now: datetime) -> None:
    claim = Claim.objects.filter(approval=approval)
    if approval.execute_by and approval.execute_by <= at:
        # Nothing hit: it was spent to the last use, and the spend has said so.
        if claim.revoke(why=Reason.APPROVAL_LAPSED, at=at):
            end(approval, State.LAPSED, by=By.SYSTEM, at=at, now=now)
    elif claim.exclude(failover_epoch=failover_epoch()).exists():
        take_back(approval, by=By.SYSTEM, at=at, now=now, why="failover")


def expire_due(*, now: datetime) -> int:
    """End what is over, and what too few people are left to decide; how many.

    Skips what somebody holds: the next sweep comes in seconds.
    """
    stale = ~Q(claim__failover_epoch=failover_epoch())
    unused = Q(state=State.APPROVED) & (Q(execute_by__lte=database_now()) | stale)
    due = unused | Q(state=State.PENDING)
    ids = list(Approval.objects.filter(due).values_list("pk", flat=True))
    return sum(_expire(approval_id, now=now) for approval_id in ids)


@transaction.atomic
def _expire(approval_id: str, *, now: datetime) -> bool:
    if not lock(Approval.objects.filter(pk=approval_id), skip=True):
        return False
    approval, at = read_approval(approval_id), database_now()
    was = approval.state
    settle(approval, at=at, now=now)
    if approval.state == State.PENDING and _is_unsatisfiable(approval, at):
        end_unsatisfiable(approval, at=at, now=now)
    return approval.state != was


def _is_unsatisfiable(approval: Approval, at: datetime) -> bool:
    return len(eligibility.seated(approval, now=at)) < approval.quorum
