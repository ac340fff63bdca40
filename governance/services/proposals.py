"""Drafts that the figures of deciding suggest; an admin publishes or dismisses them.

A question that always gets a yes is no control.  What the figures suggest becomes a
draft like any other, and goes the one way into force: an admin looks at how it differs
and publishes it.  Nothing here puts a version into force.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.above import Habit, habit_of
from governance.models import Route, RouteVersion, User
from governance.refusals import refuse_if
from governance.services.evidence import author, lock
from governance.services.routes import draft_from, open_draft_of, save_draft

State = RouteVersion.State


@transaction.atomic
def propose_narrower(route: Route, *, by: User, now: datetime) -> RouteVersion:
    """Draft a version that takes only what was ever approved.  Raises Refused."""
    route = _locked(route)
    habit = habit_of(route, now=now)
    refuse_if({"": [] if habit and habit.schema else [_NOTHING]})
    because = " ".join([_said(habit), *(habit.values if habit else ())])
    schema = habit.schema if habit else None
    return _propose(route, {"arguments_schema": schema}, because, by=by, now=now)


@transaction.atomic
def propose_unasked(route: Route, *, by: User, now: datetime) -> RouteVersion:
    """Draft a version that needs no approval, and says why.  Raises Refused."""
    route = _locked(route)
    habit = habit_of(route, now=now, with_values=False)
    refuse_if({"": [] if habit and habit.may_go_unasked else [_NOTHING]})
    fields = {
        "approval_rule": RouteVersion.Rule.NOT_REQUIRED,
        "justification": f"{_said(habit)} As of {now.date().isoformat()}.",
    }
    return _propose(route, fields, _said(habit), by=by, now=now)


@transaction.atomic
def dismiss_draft(draft: RouteVersion, *, by: User, now: datetime) -> bool:
    """Lay a draft aside for good; its number is not used again.  False if it was so."""
    tenant = lock(draft.route.tenant)
    drafts = RouteVersion.objects.filter(pk=draft.pk, state=State.DRAFT)
    if not drafts.update(state=State.DISMISSED):
        return False
    record(
        "route.draft_dismissed",
        now=now,
        tenant=tenant.slug,
        tool=draft.route.tool,
        route_version=draft.number,
        **author(by),
    )
    return True


def _said(habit: Habit | None) -> str:
    return habit.sentence if habit else ""


def _locked(route: Route) -> Route:
    """Return what is published of a route now, and stays so until the draft is made."""
    lock(route.tenant)
    return Route.objects.select_related("tenant", "published").get(pk=route.pk)


def _propose(
    route: Route, fields: Mapping[str, object], because: str, *, by: User, now: datetime
) -> RouteVersion:
    refuse_if({"": [_OPEN] if open_draft_of(route) else []})
    refuse_if({"": [] if route.published else [_NOTHING]})
    draft = draft_from(route.published or RouteVersion())
    draft.route, draft.proposed_because = route, because
    for name, value in fields.items():
        setattr(draft, name, value)
    save_draft(draft, by=by, now=now)
    record(
        "route.proposed",
        now=now,
        tenant=route.tenant.slug,
        tool=route.tool,
        route_version=draft.number,
        detail={"changes": sorted(fields), "because": because},
        **author(by),
    )
    return draft


_NOTHING = "The figures suggest no such change of this route any more."
_OPEN = "This route has an open draft. Publish it or dismiss it first."
