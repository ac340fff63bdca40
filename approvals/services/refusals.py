"""Refused attempts of people, recorded after what they refused was rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from approvals.models import Approval
from approvals.services.evidence import approval_facts
from approvals.services.locking import read_approval
from audit.services import Facts, record_denied
from governance.errors import Denied
from governance.models import User


@contextmanager
def recorded(
    approval_id: str, *, person: User, action: str, now: datetime
) -> Iterator[None]:
    """Record as ``approval.vote_refused`` what is refused in the block, and go on."""
    try:
        yield
    except Denied as denied:
        facts = _facts(approval_id, person)
        facts["reason"] = denied.recorded_as
        facts["detail"] = {"action": action, "told": str(denied)}
        record_denied("approval.vote_refused", now=now, **facts)
        raise


def _facts(approval_id: str, person: User) -> Facts:
    try:
        return approval_facts(read_approval(approval_id), person=person)
    except Approval.DoesNotExist:
        return {"person": person.username}
