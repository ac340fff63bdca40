"""Finding the approval that an address names."""

from typing import Final

from django.shortcuts import get_object_or_404

from approvals.models import Approval
from approvals.views.seeing import seen_by
from governance.access import PersonRequest

RELATED: Final = (
    "tenant",
    "agent__owner",
    "key",
    "session__human",
    "route_version__lane",
    "route_version__published_by",
    "group",
    "fallback_group",
    "payload",
    "ended_by_person",
)


def find(request: PersonRequest, approval_id: str) -> Approval:
    """Return an approval that this person may see; everything else is not found."""
    rows = seen_by(request.user, request.access).select_related(*RELATED)
    found: Approval = get_object_or_404(
        rows.prefetch_related("votes__person"), pk=approval_id
    )
    return found
