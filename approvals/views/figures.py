"""The figures of deciding: for admins and auditors all, for everybody their own."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from approvals.figures import BUCKETS, BY, Figure, figures, times
from audit.charts import Bar, bars
from governance.access import Access, PersonRequest
from governance.models import Membership, Route
from governance.templatetags.times import span

TABS: Final[Mapping[str, Promise]] = {
    "route": gettext_lazy("By route"),
    "group": gettext_lazy("By group"),
    "person": gettext_lazy("By person"),
    "agent": gettext_lazy("By agent"),
}


@require_safe
def show(request: PersonRequest) -> HttpResponse:
    """Draw how people decided in the last 30 days."""
    now, access = timezone.now(), request.access
    tenants = access.tenants(Membership.Role.ADMIN, Membership.Role.AUDITOR)
    own = access.tenants(Membership.Role.APPROVER)
    if not tenants and not own:
        raise Http404
    by = request.GET.get("by", "") if tenants else "person"
    by = by if by in BY else "route"
    me = None if tenants else request.user.pk
    found = figures(tenants or own, by, now=now, person_id=me)
    of_many = len(tenants or own) > 1
    decided = times(tenants, now=now) if tenants else []
    shown = {
        "by": by,
        "tabs": TABS,
        "sees_all": bool(tenants),
        "of_many": of_many,
        "figures": found,
        "always": list(_always(found, by, request.access)),
        "charts": list(_charts(found, decided, of_many=of_many)),
    }
    return render(request, "approvals/figures.html", shown)


def _always(
    found: list[Figure], by: str, access: Access
) -> Iterable[tuple[Figure, str]]:
    """Yield what is nearly always approved, and where an admin drafts a change of it.

    The address is empty for whoever may not configure that tenant.
    """
    named = [each for each in found if each.is_always_approved]
    mine = access.tenants(Membership.Role.ADMIN) if by == "route" else ()
    rows = Route.objects.filter(
        tenant__in=mine, tool__in=[each.name for each in named]
    ).values_list("tenant__slug", "tool", "pk")
    pages = {
        (tenant, tool): reverse("admin:governance_route_change", args=[pk])
        for tenant, tool, pk in rows
    }
    yield from ((each, pages.get((each.tenant, each.name), "")) for each in named)


def _charts(
    found: list[Figure], decided: list[int], *, of_many: bool
) -> Iterable[tuple[str, str, list[Bar]]]:
    """Yield a title, what it shows in a sentence, and the bars.

    Where they are ``of_many`` tenants, each bar names its own.
    """
    named = [
        (f"{each.name} ({each.tenant})" if of_many else each.name, each)
        for each in found
    ]
    if decided:
        yield (
            _("Time to decide"),
            _("From the request to the decision, all requests together."),
            bars((_within(n), count, str(count)) for n, count in enumerate(decided)),
        )
    yield (
        _("Median time to decide"),
        _("Half of the decisions came faster."),
        _spans((name, each.median) for name, each in named),
    )
    yield (
        _("Median time on the page"),
        _("From the shown page to the vote; half of the votes came faster."),
        _spans((name, each.reading) for name, each in named),
    )
    yield (
        _("Approved"),
        _("The share of decisions that was a yes."),
        _shares(
            (name, each.share, each.approved, each.decided) for name, each in named
        ),
    )
    yield (
        _("Approved within three seconds"),
        _("The share of yeses that came too fast to have read the page."),
        _shares(
            (name, each.quick_share, each.quick, each.approved) for name, each in named
        ),
    )


def _spans(rows: Iterable[tuple[str, timedelta | None]]) -> list[Bar]:
    return bars(
        (name, took.total_seconds(), span(took.total_seconds()))
        for name, took in rows
        if took is not None
    )


def _shares(rows: Iterable[tuple[str, float, int, int]]) -> list[Bar]:
    words = _("%(share)s %% (%(part)s of %(whole)s)")
    return bars(
        (
            (name, share, words % {"share": round(share * 100), "part": n, "whole": of})
            for name, share, n, of in rows
            if of
        ),
        most=1.0,
    )


def _within(number: int) -> str:
    if number == len(BUCKETS):
        return _("longer")
    return _("within %(span)s") % {"span": span(BUCKETS[number])}
