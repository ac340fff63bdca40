"""Pins for routes that were written by hand: a draft each, for an admin to publish."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from governance.models import Backend, Route, RouteVersion, User
from governance.refusals import Refused
from governance.services import new_draft, save_draft
from proxy.imports.tools import Definition, pin_of


def offer_pins(
    tools: Mapping[str, Definition], *, backend: Backend, by: User | None, now: datetime
) -> list[str]:
    """Draft a pin for each route of a backend that has none; a line for each.

    What is published stays as it is, and unpinned, until an admin publishes the draft.
    """
    lines: list[str] = []
    for route, version in _unpinned(backend):
        tool = tools.get(str(version.mapping.get("tool")))
        if tool is not None:
            lines += _offer(route, version, tool, by=by, now=now)
    return lines


def _unpinned(backend: Backend) -> Iterator[tuple[Route, RouteVersion]]:
    routes = Route.objects.filter(published__backend=backend).order_by("tool")
    for route in routes.select_related("tenant", "published"):
        version = route.published
        if version is not None and "pin" not in version.mapping:
            yield route, version


def _offer(
    route: Route,
    version: RouteVersion,
    tool: Definition,
    *,
    by: User | None,
    now: datetime,
) -> Iterator[str]:
    pin = pin_of(tool)
    try:
        draft = new_draft(version, by=by, now=now)
        if draft.mapping.get("tool") != version.mapping["tool"]:
            yield f"{route.tool}: has no pin, and its open draft is of another tool"
        elif draft.mapping.get("pin", pin) != pin:
            # Somebody may have looked at it, and publishes what she saw or nothing.
            yield f"{route.tool}: {_OTHER}"
        elif "pin" not in draft.mapping:
            draft.mapping = {**draft.mapping, "pin": pin}
            save_draft(draft, by=by, now=now)
            yield f"{route.tool}: has no pin; a draft with one can be published"
    except Refused as refused:
        yield f"{route.tool}: has no pin, and no draft can take one. {refused}"


_OTHER = "the open draft pins another definition: look at it again"
