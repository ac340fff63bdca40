"""A whole small world for tests of the road: two tenants, people, tools, a remote.

Sam is an admin of team-acme and owns ci-agent; Ana and Ben review; Olu audits; Zoe has
team-zeta to herself.  ``call`` goes through the road itself, ``post`` through the door.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.test import Client
from django.utils import timezone

from approvals.models import Approval, Claim
from approvals.services import Voter, vote
from audit.models import Record
from governance import policy
from governance.models import Agent, Route, RouteVersion, Tenant, User
from governance.policy import Principal
from governance.services import replace_secret
from governance.services.signing_keys import ensure_signing_key
from proxy import sessions
from proxy.asking import Answer, ToolCall
from proxy.authentication import authenticate
from proxy.models import Call
from proxy.services import call_tool
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
from tests.remotes import Remote, reply

SECRET = "lane-secret-CANARY-5f0e1d"
COMMENT: dict[str, Any] = {"repo": "payments-api", "pull": 184, "body": "LGTM"}
READ: dict[str, Any] = {"repo": "payments-api", "pull": 184}
READ_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "repo": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"},
        "pull": {"type": "integer", "minimum": 1},
    },
    "required": ["repo", "pull"],
    "additionalProperties": False,
}


class Door(Protocol):
    """Another door than REST, which is asked for the same."""

    def post(self, body: object, headers: Mapping[str, str], *, query: str) -> Any:
        """Ask for a call."""

    def look(self, approval_id: str) -> Any:
        """Ask where an approval stands."""


@dataclass(slots=True)
class Stage:
    """What a test plays on; ``remote.received`` is all that reached the backend."""

    remote: Remote
    tenant: Tenant
    agent: Agent
    key: str
    sam: User
    ana: User
    ben: User
    comment: Route
    read: Route
    merge: Route
    client: Client = field(default_factory=Client)
    door: "Door | None" = None  # not REST, if any

    @property
    def principal(self) -> Principal:
        """Who ci-agent is, as its key says now."""
        return authenticate(f"Bearer {self.key}", now=timezone.now())

    def ask(self, tool: str = "github.comment_pr", **members: Any) -> ToolCall:
        """Return a request; ``args`` are those of a comment unless given."""
        return ToolCall(tool=tool, **{"args": COMMENT, **members})

    def call(self, tool: str = "github.comment_pr", **members: Any) -> Answer:
        """Take the road."""
        asked = self.ask(tool, **members)
        return call_tool(asked, principal=self.principal, now=timezone.now())

    def post(self, body: object, path: str = "calls", **headers: str) -> Any:
        """Send a body through the REST door; text and bytes go as they are.

        Where the stage has another door, calls go through that one.
        """
        where, _, query = path.partition("?")
        if self.door is not None and where == "calls":
            return self.door.post(body, headers, query=query)
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"/v1/{path}",
            raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        """Ask the REST door."""
        bearer = {"Authorization": f"Bearer {self.key}", **headers}
        return self.client.get(f"/v1/{path}", headers=bearer)

    def look(self, approval_id: str) -> Any:
        """Ask, at the stage's door, where an approval stands."""
        if self.door is not None:
            return self.door.look(approval_id)
        return self.get(f"approvals/{approval_id}")

    def pending(self) -> Approval:
        """Return the newest approval."""
        return Approval.objects.select_related("session").latest("created_at")

    def approve(
        self, by: User | None = None, approval: Approval | None = None
    ) -> Claim:
        """Vote yes as Ana, or somebody else, and return the claim if there is one."""
        approval = approval or self.pending()
        self.vote(by or self.ana, "approve", approval)
        return Claim.objects.get(approval=approval)

    def vote(
        self,
        by: User,
        verdict: str,
        approval: Approval,
        *,
        signed_in_at: datetime | None = None,
    ) -> Approval:
        """Cast a vote from the review page, freshly signed in."""
        now = timezone.now()
        voter = Voter(
            person=by,
            sign_in_methods=("password",),
            sign_in_at=signed_in_at or now - timedelta(seconds=30),
            channel="page",
            has_second_factor=False,
        )
        return vote(
            approval.pk,
            by=voter,
            verdict=verdict,
            fingerprint=bytes(approval.fingerprint),
            reason="",
            now=now,
        )

    def approved(self, **members: Any) -> Claim:
        """Ask, let Ana approve, and return the claim."""
        self.call(**members)
        return self.approve()

    def sent(self) -> int:
        """How many requests the backend has received."""
        return len(self.remote.received)

    def last_record(self) -> Record:
        """Return the newest evidence."""
        return Record.objects.latest("id")

    def denials(self) -> list[str | None]:
        """Return the reasons of all recorded refusals of calls, oldest first."""
        denied = Record.objects.filter(event="call.denied").order_by("id")
        return list(denied.values_list("reason", flat=True))

    def last_call(self) -> Call:
        """Return the newest call."""
        return Call.objects.latest("created_at")


def build_stage(remote: Remote) -> Stage:
    """Make all rows of the stage, through the services."""
    forget_all()
    ensure_signing_key(now=timezone.now())
    tenant = TenantFactory.create()
    sam = person("sam", "admin")
    person("olu", "auditor")
    group = reviewers("ana", "ben")
    backend = BackendFactory.create(base_url=remote.url)
    lane = CredentialLaneFactory.create(
        kind="static", placement={"in": "authorization", "scheme": "Bearer"}
    )
    replace_secret(lane, SECRET, by=sam, now=timezone.now())
    toolset = ToolsetFactory.create()
    agent, key = agent_with_key(owner=sam, toolsets=[toolset])
    for tool in ("github.comment_pr", "github.read_pr", "github.merge_pr"):
        route = RouteFactory.create(tool=tool)
        ToolsetEntryFactory.create(toolset=toolset, route=route)
    shared: dict[str, Any] = {
        "backend": backend,
        "lane": lane,
        "group": group,
        "by": sam,
    }
    return Stage(
        remote=remote,
        tenant=tenant,
        agent=agent,
        key=key,
        sam=sam,
        ana=User.objects.get(username="ana"),
        ben=User.objects.get(username="ben"),
        comment=published_route(
            **shared, justification="The remote knows shared tokens only."
        ),
        read=published_route(**shared, **reading()),
        merge=published_route(**shared, **merging()),
    )


def reading() -> dict[str, Any]:
    """Return what differs in a read that nobody has to approve."""
    return {
        "route": RouteFactory.create(tool="github.read_pr"),
        "title": "Read a pull request",
        "risk": RouteVersion.Risk.READ,
        "approval_rule": RouteVersion.Rule.NOT_REQUIRED,
        "arguments_schema": READ_SCHEMA,
        "summary_template": "Read #{pull} of {repo}",
        "mapping": {"method": "GET", "path": "/repos/acme/{repo}/pulls/{pull}"},
    }


def merging() -> dict[str, Any]:
    """Return what differs in a privileged route with two approvers."""
    return {
        "route": RouteFactory.create(tool="github.merge_pr"),
        "title": "Merge a pull request",
        "risk": RouteVersion.Risk.PRIVILEGED,
        "quorum": 2,
        "separation": RouteVersion.Separation.STRICT,
        "justification": "The remote knows shared tokens only.",
        "arguments_schema": READ_SCHEMA,
        "summary_template": "Merge #{pull} of {repo}",
        "mapping": {"method": "PUT", "path": "/repos/acme/{repo}/pulls/{pull}/merge"},
    }


def forget_all() -> None:
    """Make this process forget policy and sessions of the test before."""
    policy.forget()
    sessions.forget_all()


def answering() -> Remote:
    """Return a remote that says yes to everything."""
    return Remote(answer=reply(status=201))
