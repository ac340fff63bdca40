"""The approvers' section of the home page."""

from typing import Final

from django.utils import timezone

from approvals.models import Approval
from approvals.views.listing import readable
from approvals.views.seeing import seen_by
from approvals.waiting import waiting_for
from governance.access import PersonRequest
from governance.models import Membership
from governance.views import Part

SHOWN: Final = 5


def waiting(request: PersonRequest) -> Part | None:
    """Return what waits for the person, and what was decided lately."""
    if not request.access.sees_approvals:
        return None
    now = timezone.now()
    rows = waiting_for(request.user, now=now).order_by("decide_by", "pk")
    decided = seen_by(request.user, request.access).exclude(
        state=Approval.State.PENDING
    )
    first, lately = readable(rows, now=now), readable(decided, now=now)
    values = {
        "decides": bool(request.access.tenants(Membership.Role.APPROVER)),
        "waiting": list(first[:SHOWN]),
        "more": max(rows.count() - SHOWN, 0),
        "lately": list(lately.distinct().order_by("-changed_at")[:SHOWN]),
    }
    return Part("approvals/_home.html", values)
