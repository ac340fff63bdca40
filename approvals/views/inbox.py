"""The inbox, and a person's own decisions."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from approvals.executions import executions
from approvals.models import Approval, Vote
from approvals.polling import PATH, Seen
from approvals.views.listing import MOST, PAGE, Filters, listing, page_number
from approvals.views.seeing import seen_by
from approvals.wording import listed, what_happened
from governance.access import PersonRequest
from governance.models import GroupMembership, Membership, RouteVersion

DECIDED: Final = [s.value for s in Approval.State if s != Approval.State.PENDING]


@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """Show what waits for the person, all that is pending, or what was decided."""
    filters = Filters.read(request.GET)
    shown: dict[str, object] = {
        **_list(request, filters),
        "risks": RouteVersion.Risk.values,
        "states": DECIDED,
        "tenants": sorted({slug for _, slug, _ in request.access.roles}),
    }
    return render(request, "approvals/inbox.html", shown)


@require_safe
def live(request: PersonRequest) -> HttpResponse:
    """Answer an open inbox's poll: its list, or 304 while nothing changed."""
    filters = Filters.read(request.GET)
    seen = _seen(request, filters)
    if request.headers.get("If-None-Match") == seen.tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render(request, "approvals/_list.html", _list(request, filters))
    response.headers["ETag"] = seen.tag
    response.seen = seen  # type: ignore[attr-defined] # for PeoplesPolls
    return response


def _list(request: PersonRequest, filters: Filters) -> dict[str, object]:
    # The tag first: what changes while the rows are read is told by the next poll.
    tag = _seen(request, filters).tag
    found = listing(request.user, request.access, filters=filters, now=timezone.now())
    query = urlencode({"tab": filters.tab, **filters.active, "page": filters.page})
    return {
        "listing": found,
        "most": MOST,
        "validator": tag.strip('"'),
        "live_url": f"{PATH}?{query}",
        **({} if found.entries else _nothing(request)),
    }


def _seen(request: PersonRequest, filters: Filters) -> Seen:
    access = request.access
    language = get_language() or ""
    parts = str(request.user.pk), repr(filters), language, str(access.zone)
    return Seen(access.all_tenants | access.owned, parts)


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
    names = admins.values_list("user__username", flat=True)
    places = GroupMembership.objects.valid(now).filter(user=request.user)
    return {
        "latest": latest,
        "latest_ended": latest and what_happened(latest),
        "in_group": places.exists(),
        "admins": listed(list(names.order_by("user__username").distinct()[:3])),
    }


@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """Show how the person voted, and what became of it."""
    page = page_number(request.GET.get("page", ""))
    votes = Vote.objects.filter(person=request.user).order_by("-at")
    related = votes.select_related("approval__agent")
    shown = list(related[(page - 1) * PAGE : page * PAGE + 1])
    known = executions(vote.approval_id for vote in shown[:PAGE])
    decisions = [(vote, known.get(vote.approval_id)) for vote in shown[:PAGE]]
    return render(
        request,
        "approvals/mine.html",
        {
            "decisions": decisions,
            "page": page,
            "has_next": len(shown) > PAGE,
            "quick": _quick(request),
        },
    )


def _quick(request: PersonRequest) -> int:
    since = timezone.now() - timedelta(days=30)
    yes = Vote.objects.filter(
        person=request.user, verdict=Vote.Verdict.APPROVE, at__gt=since
    )
    return sum(vote.is_quick for vote in yes.only("shown", "at"))
