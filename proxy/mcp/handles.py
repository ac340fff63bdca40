"""Legacy handles (``Mcp-Session-Id``): names of conversations, shared by all processes.

A handle never authenticates, and never becomes a session of the domain.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from governance.arguments import JSON
from governance.decision import Reason
from governance.errors import Problem
from governance.policy import Principal
from proxy.mcp.answers import compact
from proxy.models import McpSession

MAX_HANDLES: Final = 100
MAX_SAID: Final = 4096
TOUCH: Final = timedelta(minutes=1)
_HANDLE: Final = re.compile(r"mcs_[a-z0-9]{1,36}")


def _idle_since(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.MCP_SESSION_IDLE_SECONDS)


def find(handle: str, principal: Principal, *, now: datetime) -> McpSession:
    """Return an agent's own live handle, and note that it was used.

    Raises Problem ``not_found``, the same for unknown, expired and foreign ones.
    """
    own = McpSession.objects.filter(agent=principal.agent_id, pk=handle)
    live = own.used_since(_idle_since(now))
    session = live.first() if _HANDLE.fullmatch(handle) else None
    if session is None:
        raise Problem(Reason.NOT_FOUND, "There is no such session.")
    if session.last_used_at <= now - TOUCH:
        own.update(last_used_at=now)
    return session


@transaction.atomic
def mint(
    principal: Principal,
    *,
    version: str,
    capabilities: JSON,
    client_info: JSON,
    now: datetime,
) -> McpSession:
    """Open a handle; of an agent's too many the ones used longest ago go."""
    session = McpSession.objects.create(
        agent_id=principal.agent_id,
        version=version,
        capabilities=_bounded(capabilities),
        client_info=_bounded(client_info),
        created_at=now,
        last_used_at=now,
    )
    own = McpSession.objects.filter(agent=principal.agent_id)
    kept = own.order_by("-last_used_at", "-pk").values("pk")[:MAX_HANDLES]
    own.exclude(pk__in=kept).delete()
    return session


def _bounded(said: JSON) -> Mapping[str, JSON]:
    """Keep what a client says of itself; of one that says too much, nothing."""
    fits = isinstance(said, dict) and len(compact(said).encode()) <= MAX_SAID
    return said if fits and isinstance(said, dict) else {}


def close(handle: str, principal: Principal, *, now: datetime) -> None:
    """End an agent's own handle.  Raises Problem ``not_found``."""
    find(handle, principal, now=now).delete()


def drop_idle(*, now: datetime) -> None:
    """Remove the handles that nobody has used for long."""
    McpSession.objects.filter(last_used_at__lte=_idle_since(now)).delete()
