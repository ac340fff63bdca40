"""``/audit/activity/``: a picture over time, whose bars narrow the search."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from audit.activity import OUTCOMES, Activity, Ranking, activity
from audit.charts import Bar, Columns, bars, columns
from audit.forms import ActivityForm
from audit.stretches import STEPS, Window, window
from audit.templatetags.evidence import reason_in_words
from audit.views.access import AuditRequest, AuditView
from audit.views.addresses import query_of
from audit.views.pages import page
from audit.visible import visible

_MINUTE: Final = "%Y-%m-%d %H:%M"


class ActivityView(AuditView):
    """How much of what happened when, and the commonest reasons and tools."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Draw the window that is asked for."""
        if "" in request.GET.values():
            return redirect(f"{request.path}?{query_of(request.GET)}")
        form = ActivityForm(request.GET, scope=request.audit_scope)
        if not form.is_valid():
            return page(request, "audit/activity.html", {"form": form}, status=400)
        asked = form.filters()
        shown = window(
            form.unit(), since=asked.since, until=asked.until, now=timezone.now()
        )
        found = activity(asked, shown, scope=request.audit_scope)
        told = {"form": form, "filters": asked, **_around(request, shown)}
        told |= _drawn(request, shown, found) if found else {"too_many": True}
        return page(request, "audit/activity.html", told)


def _around(request: AuditRequest, shown: Window) -> dict[str, object]:
    later = shown.after()
    return {
        "window": shown,
        "search_query": query_of(request.GET, {**_bounds(shown), "per": None}),
        "earlier": _moved(request, shown.before()),
        "later": _moved(request, later) if later.since < timezone.now() else None,
        "units": [(unit, query_of(request.GET, {"per": unit})) for unit in STEPS],
    }


def _moved(request: AuditRequest, there: Window) -> str:
    return query_of(request.GET, {**_bounds(there), "per": there.unit})


def _bounds(shown: Window) -> dict[str, str | None]:
    return {
        "from": f"{shown.since:{_MINUTE}}",
        "to": f"{shown.until:{_MINUTE}}",
    }


def _drawn(request: AuditRequest, shown: Window, found: Activity) -> dict[str, object]:
    begins = shown.stretches()

    def behind(number: int, outcome: str) -> str:
        at = begins[number]
        one = Window(shown.unit, at, at + shown.step)
        return _search(request, one, outcome=outcome or request.GET.get("outcome"))

    labelled = [(_label(at, shown), counts) for at, counts in found.over_time]
    picture = columns(labelled, behind=behind)
    return {
        "columns": picture,
        "rows": [column for column in picture.columns if column.total],
        "totals": _totals(picture),
        "reasons": _ranked(request, shown, "reason", found.reasons),
        "tools": _ranked(request, shown, "tool", found.tools),
    }


def _label(at: datetime, shown: Window) -> str:
    return f"{at:%Y-%m-%d}" if shown.unit == "day" else f"{at:{_MINUTE}}"


def _totals(picture: Columns) -> list[tuple[str, int]]:
    return [(outcome, picture.totals.get(outcome, 0)) for outcome in OUTCOMES]


def _ranked(
    request: AuditRequest, shown: Window, column: str, ranking: Ranking
) -> list[Bar]:
    words = reason_in_words if column == "reason" else str
    drawn = bars((visible(words(name)), n, f"{n:,}") for name, n in ranking)
    return [
        replace(bar, href=_search(request, shown, **{column: name}))
        for bar, (name, _) in zip(drawn, ranking, strict=True)
    ]


def _search(request: AuditRequest, within: Window, **narrowed: str | None) -> str:
    query = query_of(request.GET, {**_bounds(within), "per": None, **narrowed})
    return f"{reverse('audit:search')}?{query}"
