"""An upstream MCP server behind the stage, and its tools as routes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.utils import timezone

from governance.models import Backend, CredentialLane, ImportedDraft, Route
from governance.services import complete_draft, publish_route, version_from
from proxy.backends.mcp.eras import ERAS
from proxy.imports import pins
from proxy.imports.catalogue import import_tools
from tests.factories import (
    ApproverGroupFactory,
    BackendFactory,
    CredentialLaneFactory,
    ToolsetEntryFactory,
    ToolsetFactory,
)
from tests.fixtures.mcp_tools import Result, Tool
from tests.fixtures.mcp_upstream import Upstream, serving_mcp
from tests.stage import Stage

ISSUES = "tickets.create_issue"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"queue": {"type": "string", "maxLength": 40}},
    "required": ["queue"],
}


def _created(_arguments: dict[str, Any]) -> Result:
    return {"content": [{"type": "text", "text": "created"}]}


def create_issue(**more: Any) -> Tool:
    """Return a tool as an ordinary server describes it: open at the top."""
    tool = Tool("create_issue", "Creates an issue.", _created, dict(SCHEMA))
    return replace(tool, **more)


@contextmanager
def tickets(*tools: Tool) -> Iterator[tuple[Upstream, Backend]]:
    """Serve tools as the backend ``tickets``."""
    ERAS.clear()
    pins.forget()
    listed = {tool.name: tool for tool in tools or (create_issue(),)}
    with serving_mcp(Upstream(tools=listed)) as upstream:
        backend = BackendFactory.create(
            name="tickets", kind="mcp", base_url=upstream.url
        )
        yield upstream, backend


def a_lane() -> CredentialLane:
    """Return a lane that lends nothing, and can only read."""
    return CredentialLaneFactory.create(name="tickets-read")


def discovered(stage: Stage, backend: Backend) -> ImportedDraft:
    """Import the tools, and return the draft of ``create_issue``."""
    import_tools(backend, lane=a_lane(), by=stage.sam, now=timezone.now())
    return ImportedDraft.objects.get(backend=backend, key="create_issue")


def published(stage: Stage, draft: ImportedDraft, **more: Any) -> Route:
    """Complete a draft as an admin would, publish it, and let ci-agent ask for it."""
    version = version_from(draft)
    version.lane, version.group = a_lane(), ApproverGroupFactory.create()
    version.scope_template = "queue:{queue}"
    version.summary_template = "Create an issue in {queue}"
    for name, value in more.items():
        setattr(version, name, value)
    now = timezone.now()
    complete_draft(draft, version, tool=draft.tool, by=stage.sam, now=now)
    publish_route(version, by=stage.sam, now=now)
    ToolsetEntryFactory.create(toolset=ToolsetFactory.create(), route=version.route)
    return version.route


def listings(upstream: Upstream) -> int:
    """How often the list of tools was read."""
    return len(upstream.asked("tools/list"))
