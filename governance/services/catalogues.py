"""The built-in route that lists an upstream's tools, and who asks for it.

Without a claim there is no credential, so listing is a call like any other: of a read
that policy covers, by an agent of ours that has this toolset and no key.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit.services import record
from governance.imports import BUILT_IN_AGENT, catalogue_tool
from governance.models import (
    Agent,
    Backend,
    CredentialLane,
    Membership,
    Route,
    RouteVersion,
    Tenant,
    Toolset,
    User,
)
from governance.refusals import Refused, refuse_if
from governance.services.agents import save_agent
from governance.services.evidence import author, is_new, lock
from governance.services.imports import replace_open_draft
from governance.services.routes import changes_from, publish_route, save_draft
from governance.services.toolsets import entries_of, save_toolset


@transaction.atomic
def ensure_catalogue(
    backend: Backend, *, lane: CredentialLane, by: User | None, now: datetime
) -> Agent:
    """Publish the route that lists this backend's tools on this lane; safe to repeat.

    Raises Refused, as for any route: a lane that can write is no lane for a read.
    """
    tenant = lock(backend.tenant)
    if backend.kind != Backend.Kind.MCP:
        raise Refused({"backend": [f"{backend} is no MCP server."]})
    route = _route(tenant, backend, by=by, now=now)
    version = RouteVersion(route=route, backend=backend, lane=lane, **_content(backend))
    if changes_from(route.published, version):
        replace_open_draft(version)
        save_draft(version, by=by, now=now)
        publish_route(version, by=by, now=now)
    agent, toolset = _agent(tenant, by=by, now=now)
    entries = dict(entries_of(toolset))
    if route not in entries:
        save_toolset(toolset, entries={**entries, route: []}, by=by, now=now)
    return agent


def catalogue_of(backend: Backend) -> RouteVersion | None:
    """Return the version in force of the route that lists a backend's tools."""
    tool = catalogue_tool(backend.name)
    routes = Route.objects.filter(tenant=backend.tenant_id, tool=tool)
    route = routes.select_related("published__lane").first()
    return route.published if route else None


def built_in_agent(tenant: Tenant) -> Agent | None:
    """Return the agent that lists tools, if there is one yet."""
    agents = Agent.objects.filter(tenant=tenant, name=BUILT_IN_AGENT)
    return agents.select_related("tenant").first()


def _content(backend: Backend) -> dict[str, Any]:
    return {
        "title": f"List the tools of {backend}",
        "description": "Asked for by Sealwright itself, to import and compare tools.",
        "risk": RouteVersion.Risk.READ,
        "approval_rule": RouteVersion.Rule.NOT_REQUIRED,
        "arguments_schema": {
            "type": "object",
            "properties": {},
            "additionalProperties": False,
        },
        "scope_template": f"catalogue:{backend.name}",
        "summary_template": f"List the tools of {backend.name}",
        "mapping": {"catalogue": True},
    }


def _route(
    tenant: Tenant, backend: Backend, *, by: User | None, now: datetime
) -> Route:
    tool = catalogue_tool(backend.name)
    route = Route.objects.filter(tenant=tenant, tool=tool).first()
    if route is None:
        route = Route(tenant=tenant, tool=tool)
        # Not create_route(): that keeps everybody else from names of ours.
        route.save(force_insert=True)
        record("route.created", now=now, tenant=tenant.slug, tool=tool, **author(by))
    return route


def _agent(tenant: Tenant, *, by: User | None, now: datetime) -> tuple[Agent, Toolset]:
    toolset = Toolset.objects.filter(tenant=tenant, name=BUILT_IN_AGENT).first()
    if toolset is None:
        toolset = Toolset(tenant=tenant, name=BUILT_IN_AGENT)
        save_toolset(toolset, entries={}, by=by, now=now)
    agent = built_in_agent(tenant)
    if agent is None:
        agent = Agent(tenant=tenant, name=BUILT_IN_AGENT, owner=_owner(tenant, by, now))
    if is_new(agent) or [*agent.toolsets.all()] != [toolset]:
        save_agent(agent, toolsets=[toolset], by=by, now=now)
    refuse_if({"": [_KEYED] if agent.keys.exists() else []})
    return agent, toolset


def _owner(tenant: Tenant, by: User | None, now: datetime) -> User:
    """Return who answers for it: whoever imports, or an admin of the tenant."""
    held = Membership.objects.valid(now).filter(tenant=tenant, user__is_active=True)
    own = held.filter(user=by).first() if by else None
    found = own or held.filter(role=Membership.Role.ADMIN).order_by("pk").first()
    if found is None:
        raise Refused({"": [f"{tenant} has no admin, who would answer for this."]})
    return found.user


_KEYED = (
    f"The agent {BUILT_IN_AGENT} has a key, and would let whoever holds it list tools."
)
