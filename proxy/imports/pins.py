"""Ahead of a call to an upstream tool: whether it is still the one approved.

What this process saw of a backend, on a lane, counts for MCP_PIN_MAX_AGE_SECONDS; then
the list is read again, on the call's own lease.  Reading it sends no call.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings
from django.utils import timezone

from governance.decision import Reason
from governance.egress import BackendSettings, Deadline
from governance.mapping import McpMapping
from governance.policy import RouteFacts
from proxy.backends.answers import BackendOutcome, not_sent
from proxy.backends.mcp import ListingFailed, list_tools
from proxy.credentials.credential import Credential
from proxy.imports.drift import stop_drifted
from proxy.imports.tools import Definition, difference, working_digest
from proxy.telemetry import traceparent

MAX_REMEMBERED: Final = 1_000
_lock: Final = threading.Lock()

_Place = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Look:
    """The digests of an upstream's tools by name, and when they were read."""

    at: float
    digests: Mapping[str, str]


_looks: Final[dict[_Place, _Look]] = {}


def stopped(
    route: RouteFacts,
    credential: Credential,
    *,
    backend: BackendSettings,
    deadline: Deadline,
) -> BackendOutcome | None:
    """Return why a call is not sent, or None if its tool is as it was pinned."""
    mapping = route.mapping
    if not isinstance(mapping, McpMapping) or mapping.pin is None:
        return None
    place = (backend.id, backend.version, route.lane.id, route.lane.version)
    if _is_known(place, mapping):
        return None
    try:
        listed = list_tools(
            backend, credential, traceparent=traceparent(), deadline=deadline
        )
    except ListingFailed as failure:
        outcome = not_sent(f"its list of tools: {failure}")
        return _refused_us(outcome, failure.outcome)
    tools = {tool.name: tool.definition for tool in listed}
    _remember(place, tools)
    found = difference(mapping.pin, tools.get(mapping.tool))
    if found.kind not in ("changed", "gone"):
        return None
    stop_drifted(route.version_id, found, now=timezone.now())
    return BackendOutcome("failed", Reason.ROUTE_SUSPENDED, _DRIFTED)


def forget() -> None:
    """Forget every look (tests)."""
    with _lock:
        _looks.clear()


def _is_known(place: _Place, mapping: McpMapping) -> bool:
    look = _looks.get(place)
    if look is None:
        return False
    age = time.monotonic() - look.at
    pinned = (mapping.pin or {}).get("definition")
    if age >= settings.MCP_PIN_MAX_AGE_SECONDS or not isinstance(pinned, dict):
        return False
    # A route that was published since then may pin what that look did not see.
    return look.digests.get(mapping.tool) == working_digest(pinned)


def _remember(place: _Place, tools: Mapping[str, Definition]) -> None:
    digests = {name: working_digest(tool) for name, tool in tools.items()}
    with _lock:
        if len(_looks) >= MAX_REMEMBERED:
            _looks.clear()
        _looks[place] = _Look(time.monotonic(), digests)


def _refused_us(outcome: BackendOutcome, listing: BackendOutcome) -> BackendOutcome:
    return replace(outcome, drop_lease=listing.drop_lease)


_DRIFTED: Final = (
    "The server behind this tool has changed it since it was approved. Nothing was"
    " sent."
)
