"""An upstream's tools, listed by a governed call, imported and compared."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.utils import timezone

from governance.arguments import InvalidJson, parse_json
from governance.errors import Denied
from governance.imports import SourceRefused, catalogue_tool
from governance.models import (
    Agent,
    Backend,
    CredentialLane,
    Imported,
    ImportedDraft,
    User,
)
from governance.policy.loading import keyless_principal
from governance.services import (
    built_in_agent,
    catalogue_of,
    ensure_catalogue,
    keep_proposals,
)
from governance.services.importing import proposed_names, taken_names
from proxy.asking import Ended, ToolCall
from proxy.backends.mcp.listing import MAX_BYTES, MAX_NODES
from proxy.imports.drift import compare_catalogue
from proxy.imports.offers import offer_pins
from proxy.imports.tools import Definition, tool_proposals
from proxy.services import call_tool

_logger: Final = logging.getLogger(__name__)
_WRAPPING: Final = 4096


def import_tools(
    backend: Backend, *, lane: CredentialLane, by: User | None, now: datetime
) -> Imported:
    """List an upstream's tools on a lane, and make drafts of them.

    Routes that were made of earlier ones are compared with their pins; those written
    by hand are offered one.  Raises Refused, and SourceRefused if there is no list.
    """
    agent = ensure_catalogue(backend, lane=lane, by=by, now=now)
    # Published a moment ago: the call's own clock must not lie before it.
    tools = listed_tools(backend, agent=agent, now=timezone.now())
    found = compare_catalogue(
        tools, backend=backend, lane=lane, now=now, tells_new=False
    )
    found += offer_pins(tools, backend=backend, by=by, now=now)
    origin = ImportedDraft.Origin.MCP
    proposals = tool_proposals(
        tools.values(),
        backend=backend.name,
        names=proposed_names(backend, origin),
        taken=taken_names(backend),
    )
    kept = keep_proposals(
        proposals,
        backend=backend,
        origin=origin,
        source={"lane": lane.name},
        by=by,
        now=now,
    )
    return Imported([*found, *kept.lines], kept.drafts, kept.unchanged)


def compare_all(*, now: datetime) -> None:
    """Compare every catalogue that an admin has had listed; what fails is recorded."""
    for backend in Backend.objects.filter(kind=Backend.Kind.MCP).select_related(
        "tenant"
    ):
        version, agent = catalogue_of(backend), built_in_agent(backend.tenant)
        if version is None or agent is None or _is_off(backend):
            continue
        try:
            for tools in _listed(backend, agent, now=now):
                compare_catalogue(tools, backend=backend, lane=version.lane, now=now)
        except Exception:
            # Whatever one upstream made us trip over, the others are looked at.
            _logger.exception("the catalogue of %s was not compared", backend.name)


def listed_tools(
    backend: Backend, *, agent: Agent, now: datetime
) -> dict[str, Definition]:
    """List an upstream's tools by a governed call.  Raises SourceRefused."""
    asked = ToolCall(tool=catalogue_tool(backend.name), args={})
    try:
        answer = call_tool(asked, principal=keyless_principal(agent.pk), now=now)
    except Denied as denied:
        raise SourceRefused(f"The tools were not listed. {denied}") from denied
    if not isinstance(answer, Ended) or answer.reason or answer.body is None:
        detail = answer.detail if isinstance(answer, Ended) else "It waits."
        raise SourceRefused(f"The tools were not listed. {detail}")
    try:
        said = parse_json(
            answer.body, max_bytes=MAX_BYTES + _WRAPPING, max_nodes=MAX_NODES
        )
    except InvalidJson as error:
        raise SourceRefused("The list of tools can't be read.") from error
    tools = said["tools"]
    listed = tools if isinstance(tools, list) else []
    return {str(tool["name"]): tool for tool in listed if isinstance(tool, dict)}


def _listed(
    backend: Backend, agent: Agent, *, now: datetime
) -> Iterator[dict[str, Definition]]:
    """Yield the list, if there is one: a call that failed has left its record."""
    try:
        yield listed_tools(backend, agent=agent, now=now)
    except SourceRefused:
        return


def _is_off(backend: Backend) -> bool:
    tenant = backend.tenant
    return backend.suspended_at is not None or tenant.suspended_at is not None
