"""Another tenant on the same installation: Zoe's, with an agent of her own."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from approvals.models import Claim
from governance.models import Agent, Route, Tenant, User
from tests.factories import (
    BackendFactory,
    CredentialLaneFactory,
    RouteFactory,
    TenantFactory,
    ToolsetEntryFactory,
    ToolsetFactory,
    agent_with_key,
    person,
    published_route,
    reviewers,
)
from tests.remotes import Remote
from tests.stage import COMMENT, READ, Stage, reading


@dataclass(slots=True)
class Neighbour:
    """Team Zeta: Zoe owns its agent and administers it, Yan approves."""

    tenant: Tenant
    agent: Agent
    key: str
    zoe: User
    yan: User
    comment: Route
    read: Route
    client: Client = field(default_factory=Client)

    def post(self, body: Any, path: str = "calls") -> Any:
        """Ask the REST door as this tenant's agent."""
        return self.client.post(
            f"/v1/{path}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}"},
        )


def move_in(remote: Remote) -> Neighbour:
    """Make the tenant with tools of the same names in front of its own remote."""
    tenant = TenantFactory.create(slug="team-zeta")
    zoe = person("zoe", "admin", "auditor", tenant=tenant)
    group = reviewers("yan", "yuki", tenant=tenant)
    toolset = ToolsetFactory.create(tenant=tenant)
    agent, key = agent_with_key(tenant=tenant, owner=zoe, toolsets=[toolset])
    routes = {
        tool: RouteFactory.create(tenant=tenant, tool=tool)
        for tool in ("github.comment_pr", "github.read_pr")
    }
    for route in routes.values():
        ToolsetEntryFactory.create(toolset=toolset, route=route)
    shared: dict[str, Any] = {
        "backend": BackendFactory.create(tenant=tenant, base_url=remote.url),
        "lane": CredentialLaneFactory.create(tenant=tenant),
        "group": group,
        "by": zoe,
    }
    read = {**reading(), "route": routes["github.read_pr"]}
    return Neighbour(
        tenant=tenant,
        agent=agent,
        key=key,
        zoe=zoe,
        yan=User.objects.get(username="yan"),
        comment=published_route(**shared, route=routes["github.comment_pr"]),
        read=published_route(**shared, **read),
    )


@dataclass(frozen=True, slots=True)
class Owned:
    """The ids that ci-agent of team-acme holds."""

    session: str
    pending: str
    approved: str
    call: str
    claim: Claim


def owned_by(stage: Stage) -> Owned:
    """Let ci-agent come to an id of every kind."""
    claim = stage.approved(args={**COMMENT, "pull": 7})
    read = stage.post({"tool": "github.read_pr", "args": READ})
    stage.call()
    return Owned(
        session=stage.pending().session_id,
        pending=stage.pending().pk,
        approved=str(claim.approval_id),
        call=read.json()["call_id"],
        claim=claim,
    )


def unknown_like(an_id: str) -> str:
    """Return an id of the same form that nothing has."""
    if an_id.isdigit():
        return "9" * len(an_id) + "77"
    prefix, _, rest = an_id.partition("_")
    return f"{prefix}_{'0' * len(rest)}"
