"""What is done where an upstream's tools are no longer what was published."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from approvals.services import tell_drifted
from audit.services import record
from governance.above import route_changed
from governance.models import Backend, CredentialLane, Route, RouteVersion, SeenTool
from governance.services import suspend
from governance.services.evidence import lock
from governance.settled import NotSettled
from proxy.imports.tools import (
    Definition,
    Difference,
    difference,
    text_digest,
    working_digest,
)

_logger: Final = logging.getLogger(__name__)
NAME_CHARACTERS: Final = 200
MAX_TOLD: Final = 10  # new tools by name at each look
MAX_SEEN: Final = 4_000  # names that are remembered of a list of at most 2,000
_GRAVE: Final = ("changed", "gone")


def compare_catalogue(
    tools: Mapping[str, Definition],
    *,
    backend: Backend,
    lane: CredentialLane,
    now: datetime,
    tells_new: bool = True,
) -> list[str]:
    """Hold a fresh list against the pins of the routes on this lane; a line for each.

    Routes whose tool takes other arguments, or is gone, are suspended.  ``tells_new``
    is false where an admin is about to see what is new.
    """
    seen = {
        row.name: row for row in SeenTool.objects.filter(backend=backend, lane=lane)
    }
    lines = []
    for route, version in _pinned(backend, lane):
        pin = version.mapping["pin"]
        found = difference(pin, tools.get(str(version.mapping["tool"])))
        if _acted(route, version, found, seen=seen, now=now):
            lines.append(f"{route.tool}: {_words(found)}")
    lines += _new(tools, seen, backend=backend, tells=tells_new, now=now)
    _remember(tools, seen, backend=backend, lane=lane, now=now)
    return lines


def stop_drifted(version_id: int, found: Difference, *, now: datetime) -> bool:
    """Suspend the route of a version whose tool is another one than it says.

    What waits for an approval is superseded, and what was approved is revoked.  False
    if it was suspended already, or if another version is in force meanwhile.
    """
    versions = RouteVersion.objects.select_related("route__tenant", "backend")
    try:
        return _stopped(versions.get(pk=version_id), found, now=now)
    except NotSettled:
        # It is done; that older transactions linger is for no caller to know.
        _logger.warning("version %d: its route is suspended, writers go on", version_id)
        return True


@transaction.atomic
def _stopped(version: RouteVersion, found: Difference, *, now: datetime) -> bool:
    # Lock order everywhere: tenant, route, approval, claim.
    lock(version.route.tenant)
    route = Route.objects.select_for_update(of=("self",)).get(pk=version.route_id)
    if route.published_id != version.pk or not suspend(
        route, by=None, now=now, why=f"its tool {_words(found)}"
    ):
        return False
    route.drifted_at = now
    route.save(update_fields=["drifted_at"])
    why = "the server behind it changed it"
    route_changed([route.pk], now=now, by=None, why=why)
    _record(route, version, found, now=now)
    return True


def _pinned(
    backend: Backend, lane: CredentialLane
) -> Iterable[tuple[Route, RouteVersion]]:
    routes = Route.objects.filter(published__backend=backend, published__lane=lane)
    for route in routes.select_related("tenant", "published__backend"):
        version = route.published
        if version and {"pin", "tool"} <= set(version.mapping):
            yield route, version


def _acted(
    route: Route,
    version: RouteVersion,
    found: Difference,
    *,
    seen: Mapping[str, SeenTool],
    now: datetime,
) -> bool:
    if found.kind in _GRAVE:
        return stop_drifted(version.pk, found, now=now)
    before = seen.get(str(version.mapping["tool"]))
    told = before is not None and before.text_digest == found.found
    if found.kind == "same" or told:
        return False
    with transaction.atomic():
        _record(route, version, found, now=now)
    return True


def _record(
    route: Route, version: RouteVersion, found: Difference, *, now: datetime
) -> None:
    pin = version.mapping["pin"]
    pinned = pin.get("text_digest" if found.kind == "text" else "digest")
    record(
        "route.drifted",
        now=now,
        tenant=route.tenant.slug,
        tool=route.tool,
        risk=version.risk,
        backend=version.backend.name,
        route_version=version.number,
        route_digest=version.digest,
        actor_kind="system",
        detail={
            "drift": found.kind,
            "pinned": str(pinned),
            "found": found.found or None,
            "at": list(found.pointers),
        },
    )
    about = {"tool": route.tool, "backend": version.backend.name}
    tell_drifted(route.tenant, {**about, "what": _words(found)}, at=now)


def _new(
    tools: Mapping[str, Definition],
    seen: Mapping[str, SeenTool],
    *,
    backend: Backend,
    tells: bool,
    now: datetime,
) -> list[str]:
    """Tell of tools that no look before has seen; the first look tells of none."""
    names = sorted(set(tools) - set(seen)) if seen and tells else []
    for name in names[:MAX_TOLD]:
        _tell_new(name[:NAME_CHARACTERS], backend, now=now)
    if len(names) > MAX_TOLD:
        _tell_new(f"{len(names) - MAX_TOLD} more", backend, now=now)
    return [f"{name}: is new" for name in names]


@transaction.atomic
def _tell_new(name: str, backend: Backend, *, now: datetime) -> None:
    record(
        "route.drifted",
        now=now,
        tenant=backend.tenant.slug,
        backend=backend.name,
        actor_kind="system",
        detail={"drift": "new", "upstream_tool": name},
    )
    about = {"tool": name, "backend": backend.name}
    tell_drifted(backend.tenant, {**about, "what": "is new"}, at=now)


def _remember(
    tools: Mapping[str, Definition],
    seen: Mapping[str, SeenTool],
    *,
    backend: Backend,
    lane: CredentialLane,
    now: datetime,
) -> None:
    new: list[SeenTool] = []
    changed: list[SeenTool] = []
    for name, definition in tools.items():
        row = seen.get(name) or SeenTool(backend=backend, lane=lane, name=name)
        digests = working_digest(definition), text_digest(definition)
        if (row.digest, row.text_digest) != digests:
            row.digest, row.text_digest, row.seen_at = *digests, now
            (changed if name in seen else new).append(row)
    if len(seen) + len(new) > MAX_SEEN:
        rows = SeenTool.objects.filter(backend=backend, lane=lane)
        rows.exclude(name__in=list(tools)).delete()
    # Two looks at once write the same.
    SeenTool.objects.bulk_create(new, ignore_conflicts=True)
    fields = ["digest", "text_digest", "seen_at"]
    SeenTool.objects.bulk_update(changed, fields)


def _words(found: Difference) -> str:
    if found.kind == "gone":
        return "is gone"
    what = "its text" if found.kind == "text" else "its arguments or result"
    places = ", ".join(found.pointers[:5])
    return f"changed {what} at {places}"
