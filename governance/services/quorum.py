"""Whether those who have to say yes can ever be enough."""

from datetime import datetime

from django.db.models import Q

from governance.above import check_route
from governance.models import (
    Agent,
    ApproverGroup,
    GroupMembership,
    Route,
    RouteVersion,
    Tenant,
    User,
)
from governance.refusals import refuse_if


def too_few(version: RouteVersion, *, by: User | None, now: datetime) -> list[str]:
    """Say for whom too few people could approve a version that ``by`` would publish."""
    if version.approval_rule != RouteVersion.Rule.REQUIRED:
        return []
    version.published_by = by  # under "strict" whoever publishes has no say
    people = _approvers(version, now)
    if len(people) < version.quorum:
        names = ", ".join(sorted(people))
        there = f"only {names}" if names else "nobody"
        needed = "1 has" if version.quorum == 1 else f"{version.quorum} have"
        return [f"{needed} to say yes, and there is {there}."]
    return check_route(version, now=now)


def left_waiting(group: ApproverGroup, *, now: datetime) -> list[str]:
    """Say which routes in force ask this group, and have too few to approve."""
    asked = Q(published__group=group) | Q(published__fallback_group=group)
    routes = Route.objects.filter(asked).select_related("published__route")
    return [
        f"{route}: {sentence}"
        for route in routes.order_by("tool")
        if (version := route.published)
        for sentence in too_few(version, by=version.published_by, now=now)
    ]


def unmet(tenant: Tenant, *, now: datetime) -> set[str]:
    """Return a sentence for each agent whose calls of a route too few could approve."""
    routes = Route.objects.filter(
        tenant=tenant, published__approval_rule=RouteVersion.Rule.REQUIRED
    ).select_related("published__route")
    return {
        f"{route}: {sentence}"
        for route in routes
        if route.published
        for sentence in check_route(route.published, now=now)
    }


def refuse_new(before: set[str], *, tenant: Tenant, now: datetime, field: str) -> None:
    """Refuse a change after which more agents could ask what nobody may approve."""
    refuse_if({field: sorted(unmet(tenant, now=now) - before)})


def _approvers(version: RouteVersion, now: datetime) -> set[str]:
    groups = [group for group in (version.group, version.fallback_group) if group]
    places = GroupMembership.objects.valid(now).filter(group__in=groups)
    people = places.filter(user__is_active=True)
    names = set(people.values_list("user__username", flat=True))
    if version.separation == RouteVersion.Separation.CONFIRM:
        owners = Agent.objects.filter(toolsets__entries__route=version.route_id)
        names.update(owners.values_list("owner__username", flat=True))
    return names
