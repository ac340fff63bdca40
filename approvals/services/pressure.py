"""How many requests may wait for people at once."""

from typing import Final

from approvals.actions import Action
from approvals.models import Approval
from approvals.services.locking import lock
from governance.decision import Reason
from governance.errors import Denied
from governance.models import ApproverGroup

OF_SESSION: Final = 10
OF_AGENT: Final = 20
OF_GROUP: Final = 60
RETRY_SECONDS: Final = 60


def lock_group(group_id: int) -> None:
    """Let asks on different routes count each other, one after the other."""
    lock(ApproverGroup.objects.filter(pk=group_id))


def crowded(action: Action, group_id: int) -> Denied | None:
    """Refuse what would make too many; nobody is notified.

    Whoever opens a request then has locked the group first.
    """
    pending = Approval.objects.pending()
    of_group = pending.filter(group=group_id)
    counts = (
        (pending.filter(session=action.session), OF_SESSION),
        (of_group.filter(agent=action.principal.agent_id), OF_AGENT),
        (of_group, OF_GROUP),
    )
    if any(rows.count() >= most for rows, most in counts):
        return Denied(Reason.TOO_MANY_PENDING, retry_after=RETRY_SECONDS)
    return None
