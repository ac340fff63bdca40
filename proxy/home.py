"""The home page's sections about calls: unclear outcomes, and what goes on."""

from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.translation import gettext as _

from audit.charts import bars, columns
from governance.access import PersonRequest
from governance.models import Membership
from governance.templatetags.times import span
from governance.views import Part
from proxy.activity import Activity, activity
from proxy.models import Call

SHOWN: Final = 5
_MILLISECONDS: Final = 1000


def unresolved(request: PersonRequest) -> Part | None:
    """Return the calls that wait for somebody to find out whether they happened."""
    theirs = Q(tenant__in=request.access.tenants(Membership.Role.ADMIN))
    unclear = Call.objects.filter(
        theirs | Q(agent__owner=request.user), state=Call.State.OUTCOME_UNKNOWN
    )
    calls = list(unclear.select_related("agent").order_by("-created_at")[: SHOWN + 1])
    if not calls:
        return None
    values = {"calls": calls[:SHOWN], "more": len(calls) > SHOWN}
    return Part("proxy/_unresolved.html", values)


def lately(request: PersonRequest) -> Part | None:
    """Draw the last day's calls and refusals, for admins and auditors."""
    roles = Membership.Role.ADMIN, Membership.Role.AUDITOR
    tenants = request.access.tenants(*roles)
    if not tenants:
        return None
    slugs = request.access.slugs(*roles)
    found = activity(tenants, slugs, now=timezone.now())
    shown = _drawn(found, request) if found else {"too_many": True}
    return Part("proxy/_lately.html", shown)


def _drawn(found: Activity, request: PersonRequest) -> dict[str, object]:
    zone = request.access.zone
    hours = [(f"{at.astimezone(zone):%H:%M}", counts) for at, counts in found.hourly]
    return {
        "columns": columns(hours),
        "begins": written(found.hourly[0][0].astimezone(zone), "j M H:i"),
        "slowest": bars(
            (tool, took.total_seconds(), _took(took.total_seconds()))
            for tool, took in found.slowest
        ),
        "refused": bars((tool, n, str(n)) for tool, n in found.refused),
    }


def _took(seconds: float) -> str:
    if seconds < 1:
        return _("%(count)d ms") % {"count": seconds * _MILLISECONDS}
    return span(seconds)
