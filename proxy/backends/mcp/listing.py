"""An upstream's whole catalogue of tools, within bounds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from governance.decision import Reason
from governance.egress import EGRESS, BackendSettings, Deadline, Egress, EgressFailed
from proxy.backends.answers import BackendOutcome, not_sent
from proxy.backends.mcp.dialogues import NotOpened, dialogue
from proxy.backends.mcp.lines import Line
from proxy.backends.mcp.messages import Writer
from proxy.backends.mcp.outcomes import JSON_TYPE, REFUSED_US, refused_us
from proxy.backends.mcp.replies import Reply, Unreadable
from proxy.credentials.credential import Credential

MAX_TOOLS: Final = 2000
MAX_PAGES: Final = 50
MAX_BYTES: Final = 8_388_608
MAX_NODES: Final = 400_000
MAX_NAME: Final = 256
_MAX_CURSOR: Final = 4096


@dataclass(frozen=True, slots=True)
class UpstreamTool:
    """A tool as its server describes it; ``definition`` is all that it said."""

    name: str
    definition: Mapping[str, Any]

    @property
    def input_schema(self) -> Mapping[str, Any]:
        """The schema of its arguments, as the server wrote it."""
        schema: Mapping[str, Any] = self.definition["inputSchema"]
        return schema


class ListingFailed(Exception):
    """There is no list; ``outcome`` says why, as of a call."""

    def __init__(self, outcome: BackendOutcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.note or outcome.detail)


def list_tools(
    backend: BackendSettings,
    credential: Credential,
    *,
    traceparent: str,
    deadline: Deadline,
    egress: Egress = EGRESS,
) -> list[UpstreamTool]:
    """Return every tool of an upstream, in its order.

    At most 2,000 tools, 50 pages, 8 MiB.  Raises ListingFailed.
    """
    line = Line.to(
        backend, credential, traceparent=traceparent, deadline=deadline, egress=egress
    )
    try:
        with dialogue(line) as writer:
            return read_catalogue(line, writer)
    except NotOpened as failure:
        raise ListingFailed(failure.outcome) from failure


def catalogue(line: Line, writer: Writer) -> BackendOutcome:
    """Return the outcome of a call that asked for the list: ``{"tools": [...]}``."""
    try:
        tools = read_catalogue(line, writer)
    except ListingFailed as failure:
        return failure.outcome
    body = json.dumps(
        {"tools": [dict(tool.definition) for tool in tools]},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    outcome = BackendOutcome("completed", None, "", "", 200, JSON_TYPE, body.encode())
    return replace(outcome, origin=line.backend.base_url)


def read_catalogue(line: Line, writer: Writer) -> list[UpstreamTool]:
    """Read page after page in an open dialogue.  Raises ListingFailed."""
    tools: dict[str, UpstreamTool] = {}
    cursor, left = "", MAX_BYTES
    for page in range(MAX_PAGES):
        reply = _page(line, writer, cursor=cursor, number=page, cap=left)
        tools = _with(tools, (reply.result or {}).get("tools"))
        cursor, left = _next(reply), left - reply.size
        if not cursor:
            return list(tools.values())
        if left <= 0:
            break
    raise _unusable("The list of tools does not end.")


def _page(line: Line, writer: Writer, *, cursor: str, number: int, cap: int) -> Reply:
    message = writer.request(
        "tools/list", {"cursor": cursor} if cursor else {}, id_=f"list-{number}"
    )
    try:
        reply = line.ask(message, writer=writer, cap=cap, max_nodes=MAX_NODES)
    except (EgressFailed, Unreadable) as failure:
        raise ListingFailed(not_sent(str(failure))) from failure
    if reply.status in REFUSED_US:
        raise ListingFailed(refused_us(reply.status))
    if reply.result is None:
        raise _unusable(f"The backend answered {reply.error or reply.status}.")
    return reply


def _with(tools: Mapping[str, UpstreamTool], listed: object) -> dict[str, UpstreamTool]:
    if not isinstance(listed, list):
        raise _unusable("The list of tools can't be read.")
    found = dict(tools)
    for each in listed:
        tool = _tool(each)
        # Of two tools with one name nobody knows which a call would reach.
        if tool.name in found or len(found) >= MAX_TOOLS:
            raise _unusable("A tool is listed twice, or there are too many.")
        found[tool.name] = tool
    return found


def _tool(given: object) -> UpstreamTool:
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(name, str):
        raise _unusable("A tool of the list has no name.")
    if len(name) > MAX_NAME:
        raise _unusable(f"A tool's name has more than {MAX_NAME} characters.")
    if not isinstance(given.get("inputSchema"), dict):
        raise _unusable("A tool of the list has no schema.")
    return UpstreamTool(name, given)


def _next(reply: Reply) -> str:
    cursor = (reply.result or {}).get("nextCursor")
    if cursor is None:
        return ""
    if not isinstance(cursor, str) or len(cursor) > _MAX_CURSOR:
        # Taken for the end, it would call every tool that comes after it gone.
        raise _unusable("The list of tools goes on in a way that can't be followed.")
    return cursor


def _unusable(note: str) -> ListingFailed:
    detail = "The backend's list of tools can't be used."
    return ListingFailed(BackendOutcome("failed", Reason.BACKEND_ERROR, detail, note))
