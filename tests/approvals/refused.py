"""Asking and voting in vain."""

from typing import Any

import pytest

from approvals.models import Approval
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from tests.approvals.asking import World, cast


def refusal(
    approval: Approval, who: str, verdict: str = "approve", **given: Any
) -> Reason:
    """Vote, and return the reason of the refusal; it must have been recorded."""
    with pytest.raises(Denied) as denial:
        cast(approval, who, verdict, **given)
    record = Record.objects.filter(event="approval.vote_refused").latest("id")
    assert (record.approval_id, record.reason) == (approval.pk, denial.value.reason)
    return denial.value.reason


def refusal_of_ask(world: World, **asked: Any) -> Denied:
    """Ask, and return the refusal."""
    with pytest.raises(Denied) as denial:
        world.ask(**asked)
    return denial.value
