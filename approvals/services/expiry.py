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
    over = due(approval, at=at)
    if over == State.EXPIRED:
        end(approval, over, by=By.SYSTEM, at=at, now=now)
    elif over == State.LAPSED:
        # Nothing hit: it was spent to the last use, and the spend has said so.
        if Claim.objects.filter(approval=approval).revoke(
            why=Reason.APPROVAL_LAPSED, at=at
        ):
            end(approval, over, by=By.SYSTEM, at=at, now=now)
    elif approval.state == State.APPROVED and _is_of_the_past(approval):
        take_back(approval, by=By.SYSTEM, at=at, now=now, why="failover")


def due(approval: Approval, *, at: datetime) -> Approval.State | None:
    """Return the state in which an approval ends because its time is over."""
    if approval.state == State.PENDING and approval.decide_by <= at:
        return State.EXPIRED
    is_used_too_late = approval.execute_by and approval.execute_by <= at
    if approval.state == State.APPROVED and is_used_too_late:
        return State.LAPSED
    return None


def _is_of_the_past(approval: Approval) -> bool:
    claim = Claim.objects.filter(approval=approval)
    return claim.exclude(failover_epoch=failover_epoch()).exists()


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
