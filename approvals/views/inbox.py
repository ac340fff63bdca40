"""The inbox, and a person's own decisions."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.executions import executions
from approvals.models import Approval, Vote
from approvals.views.listing import MOST, PAGE, Filters, listing
from approvals.views.seeing import seen_by
from approvals.wording import what_happened
from governance.access import PersonRequest
from governance.models import GroupMembership, Membership, RouteVersion

DECIDED: Final = [s.value for s in Approval.State if s != Approval.State.PENDING]


@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """Show what waits for the person, all that is pending, or what was decided."""
    filters = Filters.read(request.GET)
    found = listing(request.user, request.access, filters=filters, now=timezone.now())
    shown: dict[str, object] = {
        "listing": found,
        "most": MOST,
        "risks": RouteVersion.Risk.values,
        "states": DECIDED,
    }
    if not found.entries:
        shown |= _nothing(request)
    return render(request, "approvals/inbox.html", shown)


def _nothing(request: PersonRequest) -> dict[str, object]:
    """Return what an empty inbox says in the place of requests."""
    now = timezone.now()
    seen = seen_by(request.user, request.access).select_related(
        "agent", "ended_by_person"
    )
    latest = seen.prefetch_related("votes__person").order_by("-created_at").first()
    admins = Membership.objects.valid(now).filter(
        role=Membership.Role.ADMIN, tenant__in=request.access.all_tenants
    )
    places = GroupMembership.objects.valid(now).filter(user=request.user)
    return {
        "latest": latest,
        "latest_ended": latest and what_happened(latest),
        "in_group": places.exists(),
        "admins": sorted(set(admins.values_list("user__username", flat=True)))[:3],
    }


@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """Show how the person voted, and what became of it."""
    number = request.GET.get("page", "")
    page = int(number) if number.isdecimal() and 0 < int(number) <= MOST else 1
    votes = Vote.objects.filter(person=request.user).order_by("-at")
    related = votes.select_related("approval__agent")
    shown = list(related[(page - 1) * PAGE : page * PAGE + 1])
    known = executions(vote.approval_id for vote in shown[:PAGE])
    decisions = [(vote, known.get(vote.approval_id)) for vote in shown[:PAGE]]
    return render(
        request,
        "approvals/mine.html",
        {"decisions": decisions, "page": page, "has_next": len(shown) > PAGE},
    )
