"""A failover that the database can't see: what was claimed before it is void."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from approvals.models import Approval, Claim
from approvals.services.endings import By, State, close, revoke_covered
from approvals.services.minting import failover_epoch
from audit.services import record
from governance.models import Installation


@transaction.atomic
def new_epoch(*, now: datetime) -> str:
    """Move the failover epoch on by hand and revoke every unspent claim.

    For databases that never change their timeline; run after a
    failover.  Returns the new epoch.
    """
    Installation.objects.update(generation=F("generation") + 1)
    epoch = failover_epoch()
    record("epoch.changed", now=now, actor_kind="system", detail={"epoch": epoch})
    approved = Approval.objects.filter(state=Approval.State.APPROVED)
    close(
        approved, pending_as=State.CANCELLED, by=By.SYSTEM, why="epoch_changed", now=now
    )
    revoke_covered(Claim.objects.all(), why="epoch_changed", now=now)
    return epoch
