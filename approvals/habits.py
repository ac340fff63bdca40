"""What people nearly always say yes to, and what a route could say instead of asking.

Called by name, from below.  Nothing is loosened here: an admin looks at a draft.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from approvals.figures import YES, figure_of_route, lately
from approvals.narrowing import Values, always, narrowed
from governance.above import Habit
from governance.arguments import JSON, parse_json
from governance.models import Route, RouteVersion
from governance.template import Template

MOST_READ: Final = 100


def habit_of(route: Route, *, now: datetime, with_values: bool = True) -> Habit | None:
    """Return what a route's requests have in common; None where people do decide."""
    version = route.published
    if version is None or version.approval_rule != RouteVersion.Rule.REQUIRED:
        return None
    figure = figure_of_route(route.tenant_id, route.tool, now=now)
    if figure is None or not figure.is_always_approved:
        return None
    values = _always(version, now=now) if with_values else {}
    # What a mistake costs most is asked for, however often it was a yes.
    is_costly = version.risk == RouteVersion.Risk.PRIVILEGED
    return Habit(
        sentence=f"{figure.approved} of {figure.decided} requests that were decided in"
        " the last 30 days were approved.",
        values=tuple(_sentence(name, had) for name, had in values.items()),
        schema=narrowed(version.arguments_schema, values) if values else None,
        may_go_unasked=not is_costly,
    )


def _always(version: RouteVersion, *, now: datetime) -> Values:
    # Arguments that stand in the scope, and no others: every record names those, so
    # whoever configures the route learns nothing that was for approvers alone.
    names = Template.parse(version.scope_template).names
    return always(version.arguments_schema, names, _approved(version, now=now))


def _approved(version: RouteVersion, *, now: datetime) -> list[Mapping[str, JSON]]:
    requests = lately(now).filter(
        route_version__route=version.route_id, state__in=YES, payload__isnull=False
    )
    stored = requests.order_by("-created_at").values_list("payload__request", flat=True)
    return [parse_json(bytes(request)) for request in stored[:MOST_READ]]


def _sentence(name: str, values: list[str | int]) -> str:
    listed = ", ".join(f"“{value}”" for value in values)
    if len(values) == 1:
        return f"“{name}” was {listed} in every approved request."
    return f"“{name}” was one of {listed} in every approved request."
