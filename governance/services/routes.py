"""Routes: drafts, and the versions that are published from them."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from audit.services import record
from governance.above import route_changed, tell_rule_changed
from governance.changes import Changes, compare
from governance.models import Route, RouteVersion, User
from governance.publishing import NAMED_FIELDS, PLAIN_FIELDS, digest, sealed_members
from governance.refusals import refuse_if
from governance.refusals.lanes import unset_problems
from governance.refusals.routes import version_problems
from governance.refusals.tools import tool_problems
from governance.seals import seal
from governance.services.evidence import (
    author,
    differences,
    is_new,
    lock,
    policy_changed,
    values_of,
)
from governance.services.quorum import too_few
from governance.services.switches import resume
from governance.services.wording import ROUTE_VERSION, rule_lines

Version = RouteVersion


@transaction.atomic
def create_route(route: Route, *, by: User | None, now: datetime) -> Route:
    """Name a tool; it exists for agents once a version is published.

    Raises Refused.
    """
    tenant = lock(route.tenant)
    others = Route.objects.filter(tenant=tenant).values_list("tool", flat=True)
    refuse_if({"tool": tool_problems(route.tool, others=others)})
    route.save(force_insert=True)
    record("route.created", now=now, tenant=tenant.slug, tool=route.tool, **author(by))
    return route


@transaction.atomic
def save_draft(draft: Version, *, by: User | None, now: datetime) -> Changes:
    """Save the one draft of a route; agents see nothing of it.

    Raises Refused with every mistake, by field.
    """
    tenant = lock(draft.route.tenant)
    refuse_if(version_problems(draft))
    new = is_new(draft)
    if not new:
        kept = RouteVersion.objects.get(pk=draft.pk)
        refuse_if({"": [] if kept.state == Version.State.DRAFT else [_IMMUTABLE]})
        draft.route, draft.number, draft.state = kept.route, kept.number, kept.state
    changes = differences(draft, ROUTE_VERSION)
    if not changes:
        return changes
    if new:
        refuse_if({"": [_ONE_DRAFT] if open_draft_of(draft.route) else []})
        draft.number = _next_number(draft.route)
        draft.state, draft.created_by = Version.State.DRAFT, by
    kept_fields = None if new else [*PLAIN_FIELDS, *NAMED_FIELDS]
    draft.save(force_insert=new, update_fields=kept_fields)
    record(
        "route.drafted",
        now=now,
        tenant=tenant.slug,
        tool=draft.route.tool,
        route_version=draft.number,
        detail=changes.detail(),
        **author(by),
    )
    return changes


@transaction.atomic
def new_draft(version: Version, *, by: User | None, now: datetime) -> Version:
    """Begin a draft that says what a version says; the open draft if there is one."""
    lock(version.route.tenant)
    if draft := open_draft_of(version.route):
        return draft
    draft = draft_from(version)
    save_draft(draft, by=by, now=now)
    return draft


def draft_from(version: Version) -> Version:
    """Return a draft that says what a version says, unsaved."""
    named = {field: getattr(version, field) for field in NAMED_FIELDS}
    plain = {field: getattr(version, field) for field in PLAIN_FIELDS}
    return RouteVersion(route=version.route, **plain, **named)


@transaction.atomic
def publish_route(version: Version, *, by: User | None, now: datetime) -> Changes:
    """Put a draft into force; what was asked or approved under the last one ends.

    Returns how it differs from the version that was in force.  Raises Refused.
    """
    tenant = lock(version.route.tenant)
    # Lock order everywhere: route, approval, claim; so an edit and a mint never cross.
    route = Route.objects.select_for_update(of=("self",)).get(pk=version.route_id)
    version.refresh_from_db()
    version.route = route
    refuse_if({"": [] if version.state == Version.State.DRAFT else [_IMMUTABLE]})
    refuse_if(version_problems(version))
    lane = version.lane
    refuse_if({"lane": unset_problems(lane.name, lane.kind, lane.sealed_secret)})
    refuse_if({"quorum": too_few(version, by=by, now=now)})
    before = route.published
    changes = changes_from(before, version)
    _seal(version, by=by, now=now)
    route.published = version
    route.save(update_fields=["published"])
    why = f"version {version.number} was published"
    route_changed([route.pk], now=now, by=by, why=why)
    record(
        "route.published",
        now=now,
        tenant=tenant.slug,
        tool=route.tool,
        risk=version.risk,
        backend=version.backend.name,
        lane=version.lane.name,
        route_version=version.number,
        route_digest=version.digest,
        detail=changes.detail(),
        **author(by),
    )
    tell_rule_changed(route, rule_lines(changes), by=by, now=now)
    if route.drifted_at and _pin(before) != _pin(version):
        resume(route, by=by, now=now, why="published with the tool as it is now")
    policy_changed(tenant)
    return changes


def changes_from(before: Version | None, after: Version) -> Changes:
    """Return how one version differs from another; None is no version at all."""
    old = None if before is None else values_of(before, ROUTE_VERSION)
    return compare(old, values_of(after, ROUTE_VERSION), fields=ROUTE_VERSION)


def _pin(version: Version | None) -> object:
    return version.mapping.get("pin") if version else None


def _seal(version: Version, *, by: User | None, now: datetime) -> None:
    version.state = Version.State.PUBLISHED
    version.published_by, version.published_at = by, now
    version.digest = digest(version)
    version.seal = seal("route_version", sealed_members(version))
    version.save(
        update_fields=["state", "published_by", "published_at", "digest", "seal"]
    )


def open_draft_of(route: Route) -> Version | None:
    """Return the one draft of a route that is neither published nor dismissed."""
    return RouteVersion.objects.filter(route=route, state=Version.State.DRAFT).first()


def _next_number(route: Route) -> int:
    highest = RouteVersion.objects.filter(route=route).aggregate(Max("number"))
    return (highest["number__max"] or 0) + 1


_IMMUTABLE = "A published version is never edited. Begin a new draft from it."
_ONE_DRAFT = "This route has an open draft. Edit that one."
