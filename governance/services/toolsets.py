"""Toolsets: which tools an agent may ask for, and on what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from django.db import transaction

from audit.services import record
from governance.above import tell_weaker
from governance.changes import Changes, compare
from governance.models import Route, Toolset, ToolsetEntry, User
from governance.refusals import Problems, refuse_if
from governance.refusals.toolsets import entry_pattern_problems
from governance.services.evidence import author, is_new, lock, policy_changed
from governance.services.quorum import refuse_new, unmet
from governance.services.wording import TOOLSET

# Without patterns every scope of the route is granted.
Entries: TypeAlias = Mapping[Route, Sequence[str]]


@transaction.atomic
def save_toolset(
    toolset: Toolset, *, entries: Entries, by: User | None, now: datetime
) -> Changes:
    """Create a toolset, or make its entries exactly these.

    Raises Refused.
    """
    tenant = lock(toolset.tenant)
    refuse_if(entry_problems(toolset, entries))
    before = None if is_new(toolset) else _values(toolset, entries_of(toolset))
    changes = compare(before, _values(toolset, entries), fields=TOOLSET)
    if changes:
        if before is None:
            toolset.save(force_insert=True)
        unmet_before = unmet(tenant, now=now)
        _store(toolset, entries)
        refuse_new(unmet_before, tenant=tenant, now=now, field="entries")
        record(
            "toolset.changed",
            now=now,
            tenant=tenant.slug,
            detail={"toolset": toolset.name, **changes.detail()},
            **author(by),
        )
        tell_weaker(f"toolset {toolset.name}", changes, tenant=tenant, by=by, now=now)
        policy_changed(tenant)
    return changes


def entries_of(toolset: Toolset) -> dict[Route, list[str]]:
    """Return the stored entries of a toolset."""
    rows = toolset.entries.select_related("route").order_by("route__tool")
    return {row.route: row.scope_patterns for row in rows}


def entry_problems(toolset: Toolset, entries: Entries) -> Problems:
    """Say what is wrong with the entries."""
    foreign = [
        f"{route} belongs to another tenant."
        for route in entries
        if route.tenant_id != toolset.tenant_id
    ]
    wrong = [
        f"{route}: {sentence}"
        for route, patterns in entries.items()
        for pattern in patterns
        for sentence in entry_pattern_problems(pattern, template=_template(route))
    ]
    return {"entries": foreign + wrong}


def _template(route: Route) -> str | None:
    return route.published.scope_template if route.published else None


def _values(toolset: Toolset, entries: Entries) -> dict[str, object]:
    tools = {route.tool: list(patterns) for route, patterns in entries.items()}
    return {
        "name": toolset.name,
        "tools": sorted(tools),
        "unlimited": sorted(tool for tool, patterns in tools.items() if not patterns),
        "patterns": sorted(
            f"{tool} {pattern}"
            for tool, patterns in tools.items()
            for pattern in patterns
        ),
    }


def _store(toolset: Toolset, entries: Entries) -> None:
    toolset.entries.exclude(route__in=list(entries)).delete()
    for route, patterns in entries.items():
        ToolsetEntry.objects.update_or_create(
            toolset=toolset, route=route, defaults={"scope_patterns": list(patterns)}
        )
