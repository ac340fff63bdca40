"""A small world for approvals: Sam's agent asks, reviewers decide; through services."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from approvals.actions import Action
from approvals.models import Approval
from approvals.services import Asked, Voter, Why, find_or_open, vote
from governance.arguments import canonical
from governance.models import AgentSession, Route, User
from governance.policy import Principal, find_route
from governance.policy.loading import load_principal
from governance.scope import render_scope, render_summary
from governance.services.signing_keys import ensure_signing_key
from tests.factories import (
    ToolsetEntryFactory,
    ToolsetFactory,
    agent_with_key,
    published_route,
    reviewers,
)

ARGS = {"repo": "payments-api", "pull": 184, "body": "LGTM"}


@dataclass
class World:
    """An agent of Sam's, its session, and the published route that it may ask for."""

    principal: Principal
    session: AgentSession
    route: Route

    def action(self, *, session: AgentSession | None = None, **args: Any) -> Action:
        """Return the action of these arguments under the policy of now."""
        self.principal = load_principal(self.principal.key_id) or self.principal
        facts = find_route(self.principal, self.route.tool)
        assert facts is not None
        asked = {**ARGS, **args}
        return Action.bind(
            self.principal,
            session=session or self.session,
            route=facts,
            args=canonical(asked),
            scope=render_scope(facts.scope_template, asked),
            summary=render_summary(facts.summary_template, asked),
        )

    def ask(
        self,
        *,
        reason: str = "tests pass",
        mode: str = "now",
        key: str | None = None,
        session: AgentSession | None = None,
        **args: Any,
    ) -> Approval:
        """Ask for an action as the agent does."""
        return find_or_open(
            self.action(session=session, **args),
            asked=Asked(reason, mode, key),
            now=timezone.now(),
        )

    def another_session(self) -> AgentSession:
        """Open one more session of the agent."""
        return new_session(self.principal.agent_id)


def new_session(agent_id: int) -> AgentSession:
    """Open a session that is alive by the database's clock."""
    now = timezone.now()
    return AgentSession.objects.create(
        agent_id=agent_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=7),
    )


def a_world(*names: str, **content: Any) -> World:
    """Publish a route whose reviewers have these names; ``content`` is its draft's."""
    ensure_signing_key(now=timezone.now())
    group = reviewers(*(names or ("ana", "ben")))
    route = published_route(group=group, **content)
    toolset = ToolsetFactory.create()
    ToolsetEntryFactory.create(toolset=toolset, route=route)
    agent, shown = agent_with_key(toolsets=[toolset])
    principal = load_principal(shown.split("_")[1])
    assert principal is not None
    return World(principal, new_session(agent.pk), route)


def signed_in(
    person: User | str, *, minutes_ago: int = 1, channel: str = "page"
) -> Voter:
    """Return a person who signed in with her password a while ago."""
    if isinstance(person, str):
        person = User.objects.get(username=person)
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return Voter(person, ("password",), at, channel, has_second_factor=False)


def cast(
    approval: Approval,
    person: User | str,
    verdict: str = "approve",
    *,
    reason: str | Why = "",
    minutes_ago: int = 1,
    **given: Any,
) -> Approval:
    """Vote as this person does on the page."""
    return vote(
        approval.pk,
        by=signed_in(person, minutes_ago=minutes_ago),
        verdict=verdict,
        reason=reason,
        **{
            "fingerprint": bytes(approval.fingerprint),
            "now": timezone.now(),
            **given,
        },
    )


def approved(world: World, *people: str, **args: Any) -> Approval:
    """Return an approval to which these people have said yes."""
    approval = world.ask(**args)
    for person in people or ("ana",):
        approval = cast(approval, person)
    return approval
