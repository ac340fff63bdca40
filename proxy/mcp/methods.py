"""The methods of the protocol, one function each; ``tools/call`` is in ``calling``."""

from collections.abc import Callable, Mapping
from typing import Final

from django.conf import settings

from proxy.authentication import fresh
from proxy.mcp import handles
from proxy.mcp.calling import tools_call
from proxy.mcp.catalogue import page_of, text_param
from proxy.mcp.exchange import SERVER, Exchange, Reply
from proxy.mcp.message import LEGACY, MODERN, TASKS
from proxy.mcp.tasks import tasks_cancel, tasks_get, tasks_update

_DISCOVERY_TTL_MS: Final = 300_000
_MAX_LIST_TTL_MS: Final = 30_000
INSTRUCTIONS: Final = (
    "Some tools need a person's approval. A result that begins with APPROVAL_REQUIRED "
    "means nothing has happened yet: a person was asked. Do not look for another way; "
    "call approval_status with the id of the approval, and once it says APPROVED "
    "repeat the identical call, which then runs once. A result that begins with "
    "OUTCOME_UNKNOWN may have happened: do not repeat it."
)


def discover(_exchange: Exchange) -> Reply:
    """``server/discover``: what a modern client may know before it asks."""
    return Reply(
        {
            "supportedVersions": [MODERN],
            "capabilities": {"tools": {}, "extensions": {TASKS: {}}},
            "instructions": INSTRUCTIONS,
            "ttlMs": _DISCOVERY_TTL_MS,
            "cacheScope": "private",
        }
    )


def initialize(exchange: Exchange) -> Reply:
    """``initialize``: open a handle in the revision asked for, or in the newest."""
    params = exchange.message.params
    wanted = params.get("protocolVersion")
    version = next((each for each in LEGACY if each == wanted), LEGACY[0])
    session = handles.mint(
        fresh(exchange.principal),
        version=version,
        capabilities=params.get("capabilities"),
        client_info=params.get("clientInfo"),
        now=exchange.now,
    )
    opened = {
        "protocolVersion": version,
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": dict(SERVER),
        "instructions": INSTRUCTIONS,
    }
    return Reply({**opened}, headers={"Mcp-Session-Id": session.pk})


def ping(_exchange: Exchange) -> Reply:
    """``ping``: still here."""
    return Reply()


def tools_list(exchange: Exchange) -> Reply:
    """``tools/list``: what this agent may ask for; it depends on the key alone."""
    cursor = text_param(exchange.message.params, "cursor")
    page = page_of(fresh(exchange.principal), cursor)
    if exchange.message.version == MODERN:
        ttl = min(max(settings.MCP_LIST_TTL_MS, 0), _MAX_LIST_TTL_MS)
        page = {**page, "ttlMs": ttl, "cacheScope": "private"}
    return Reply(page)


METHODS: Final[Mapping[str, Callable[[Exchange], Reply]]] = {
    "server/discover": discover,
    "initialize": initialize,
    "ping": ping,
    "tools/list": tools_list,
    "tools/call": tools_call,
    "tasks/get": tasks_get,
    "tasks/update": tasks_update,
    "tasks/cancel": tasks_cancel,
}
