"""The entries of a toolset as lines of text: a tool, then its scope patterns."""

from collections.abc import Iterable, Mapping, Sequence

from governance.models import Route, Tenant
from governance.refusals import refuse_if


def lines_of(entries: Mapping[Route, Sequence[str]]) -> list[str]:
    """Write entries as lines."""
    return [" ".join([route.tool, *patterns]) for route, patterns in entries.items()]


def entries_from(lines: Iterable[str], *, tenant: Tenant) -> dict[Route, list[str]]:
    """Read lines.  Raises Refused, field ``entries``, for tools that do not exist."""
    words = [line.split() for line in lines]
    named = {tool: patterns for tool, *patterns in words}
    routes = {
        route.tool: route
        for route in Route.objects.filter(tenant=tenant, tool__in=named)
    }
    unknown = [
        f"{tenant} has no tool “{tool}”." for tool in named if tool not in routes
    ]
    twice = [tool for tool, *_ in words]
    repeated = sorted({tool for tool in twice if twice.count(tool) > 1})
    said = [f"“{tool}” stands here twice: write one line." for tool in repeated]
    refuse_if({"entries": unknown + said})
    return {routes[tool]: patterns for tool, patterns in named.items()}
