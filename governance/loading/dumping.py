"""Writing the configuration as a file that ``load`` would change nothing by."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import yaml

from governance.imports import BUILT_IN, BUILT_IN_AGENT
from governance.lanekinds import SHARED
from governance.loading.versions import said_of
from governance.models import Agent, CredentialLane, Membership, Tenant
from governance.services import entries_of, members_of

HEADING = """\
# Sealwright configuration: see docs/routes.md and docs/routes.schema.json.
# Secrets and agents' keys are not in it; name a lane's secret by secret_file or
# secret_env.
"""


def dump(tenants: Iterable[Tenant], *, now: datetime) -> str:
    """Return the published configuration of these tenants as YAML, by name."""
    document = {
        "version": 1,
        "tenants": {tenant.slug: _tenant(tenant, now) for tenant in tenants},
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=88)
    return HEADING + text


def _tenant(tenant: Tenant, now: datetime) -> dict[str, Any]:
    backends, lanes = tenant.backends.all(), tenant.lanes.all()
    # What is built in is made by importing tools, and no file may name it.
    routes = tenant.routes.exclude(published=None).select_related("published")
    routes = routes.exclude(tool__startswith=f"{BUILT_IN}.")
    ours = {"name": BUILT_IN_AGENT}
    groups = tenant.groups.all()
    return {
        "name": tenant.name,
        "time_zone": tenant.time_zone,
        "retention_days": tenant.retention_days,
        "roles": _roles(tenant, now),
        "groups": {
            group.name: sorted(map(str, members_of(group, at=now))) for group in groups
        },
        "backends": {row.name: _fields(row, _BACKEND) for row in backends},
        "lanes": {row.name: _lane(row) for row in lanes},
        "routes": {row.tool: said_of(row.published) for row in routes if row.published},
        "toolsets": {
            row.name: {
                route.tool: list(kept) for route, kept in entries_of(row).items()
            }
            for row in tenant.toolsets.exclude(**ours)
        },
        "agents": {
            agent.name: _agent(agent) for agent in tenant.agents.exclude(**ours)
        },
    }


def _lane(lane: CredentialLane) -> dict[str, Any]:
    is_shared = lane.kind in SHARED
    return _fields(lane, _LANE if is_shared else (*_LANE, *_ISSUED))


def _roles(tenant: Tenant, now: datetime) -> dict[str, list[str]]:
    held = Membership.objects.valid(now).filter(tenant=tenant)
    roles: dict[str, list[str]] = {}
    for name, role in held.order_by("user", "role").values_list(
        "user__username", "role"
    ):
        roles.setdefault(name, []).append(role)
    return roles


def _agent(agent: Agent) -> dict[str, Any]:
    toolsets = sorted(toolset.name for toolset in agent.toolsets.all())
    return {"owner": agent.owner.username, "toolsets": toolsets}


def _fields(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


_BACKEND = (
    "kind",
    "base_url",
    "allowed_cidrs",
    "timeout_seconds",
    "max_response_bytes",
    "max_concurrent",
    "ca_pem",
)
_LANE = ("kind", "privilege", "placement")
_ISSUED = ("settings", "narrowing", "max_seconds", "reuse_seconds")
