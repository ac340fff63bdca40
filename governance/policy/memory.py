"""What this process remembers of policy.

Every remembered fact is of one policy epoch.  Using a stale one is harmless: the
statement that spends a claim names the epoch, and the database refuses an old one; the
caller then refreshes and decides again.  So a warm call asks the database nothing.
"""

import threading
from collections.abc import Mapping
from typing import Final, TypeVar

from governance.models import Tenant
from governance.policy.facts import Principal, RouteFacts
from governance.policy.loading import keyless_principal, load_principal, load_routes

MAX_REMEMBERED: Final = 10_000

_Key = TypeVar("_Key")
_Fact = TypeVar("_Fact")

_lock: Final = threading.Lock()
_epochs: Final[dict[int, int]] = {}
_principals: Final[dict[str, Principal]] = {}
_routes: Final[dict[tuple[int, str], RouteFacts]] = {}


def principal_of(key_id: str) -> Principal | None:
    """Return whom a key speaks for, from memory where it is of the known epoch."""
    known = _principals.get(key_id)
    if known is not None and known.epoch == _epochs.get(known.tenant_id):
        return known
    found = load_principal(key_id)
    if found is None:
        _principals.pop(key_id, None)
        return None
    _learn(found.tenant_id, found.epoch)
    _remember(_principals, key_id, found)
    return found


def find_route(principal: Principal, tool: str) -> RouteFacts | None:
    """Return the published route of a tool, or None.

    Raises Denied ``unavailable`` if the row was altered behind our back.
    """
    known = _routes.get((principal.tenant_id, tool))
    if known is not None and known.epoch == principal.epoch:
        return known
    return _load(principal, [tool]).get(tool)


def agent_policy(principal: Principal) -> Mapping[str, RouteFacts]:
    """Return all routes that the agent's toolsets name, by tool, in name order."""
    granted = sorted(principal.grants)
    known = {tool: _routes.get((principal.tenant_id, tool)) for tool in granted}
    missing = [
        tool
        for tool, route in known.items()
        if route is None or route.epoch != principal.epoch
    ]
    found = {**known, **_load(principal, missing)} if missing else known
    return {tool: route for tool in granted if (route := found.get(tool)) is not None}


def _load(principal: Principal, tools: list[str]) -> dict[str, RouteFacts]:
    found = load_routes(principal.tenant_id, tools)
    for tool, route in found.items():
        _remember(_routes, (principal.tenant_id, tool), route)
    return found


def refresh(principal: Principal) -> Principal | None:
    """Ask the database for the tenant's epoch; the principal as it is now.

    None: the key is gone.  The same object: nothing has changed.
    """
    now = Tenant.objects.filter(pk=principal.tenant_id).values_list(
        "policy_epoch", flat=True
    )
    _learn(principal.tenant_id, now.get())
    if not principal.key_id:
        is_current = principal.epoch == _epochs[principal.tenant_id]
        return principal if is_current else keyless_principal(principal.agent_id)
    return principal_of(principal.key_id)


def forget() -> None:
    """Forget everything (tests; a process that was told to)."""
    with _lock:
        for memory in (_epochs, _principals, _routes):
            memory.clear()


def _learn(tenant_id: int, epoch: int) -> None:
    # Never backwards: a slow reader must not bring an old epoch back.
    with _lock:
        _epochs[tenant_id] = max(epoch, _epochs.get(tenant_id, 0))


def _remember(memory: dict[_Key, _Fact], key: _Key, fact: _Fact) -> None:
    with _lock:
        if len(memory) >= MAX_REMEMBERED:
            memory.clear()
        memory[key] = fact
