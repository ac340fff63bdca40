"""What example arguments would do on a route: everything but the sending."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from governance.above import Power, Preview, Voter, power_of, preview, voters
from governance.arguments import JSON
from governance.decision import Decision, Grant, Outcome, Reason, Situation, decide
from governance.decision import Risk as RiskOfCall
from governance.errors import FACES
from governance.mapping import MappingInvalid
from governance.models import Agent, RouteVersion, ToolsetEntry
from governance.schema import ArgumentError, SchemaInvalid, compile_schema
from governance.scope import render_scope, render_summary
from governance.template import TemplateInvalid


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out; the first ``problem`` ends it, as it would end the call."""

    errors: Sequence[ArgumentError] = ()
    problem: str = ""
    scope: str = ""
    summary: str = ""
    request: Preview | None = None
    power: Power | None = None
    seen: str = ""
    decision: str = ""
    voters: Sequence[Voter] = field(default_factory=tuple)


def try_call(
    version: RouteVersion,
    args: dict[str, JSON],
    *,
    agent: Agent | None,
    now: datetime,
) -> Trial:
    """Judge example arguments by a version, also by a draft; nothing is sent."""
    try:
        schema = compile_schema(version.arguments_schema)
        if errors := schema.validate(args):
            return Trial(errors=errors)
        filled = schema.with_defaults(args)
        scope = render_scope(version.scope_template, filled)
        summary = render_summary(version.summary_template, filled)
        request = preview(version, filled)
        power = power_of(version, scope)
    except (SchemaInvalid, TemplateInvalid, MappingInvalid) as error:
        return Trial(problem=str(error))
    except ValueError as error:  # the scope's, the path's, the preview's
        return Trial(problem=f"An argument may not stand where it is used: {error}")
    if agent is None:
        return Trial(scope=scope, summary=summary, request=request, power=power)
    situation = _situation(version, agent)
    return Trial(
        scope=scope,
        summary=summary,
        request=request,
        power=power,
        seen=_seen(version, agent, situation),
        decision=_in_words(decide(situation, scope=scope), version),
        voters=voters(version, agent=agent, now=now) if _asks(version) else (),
    )


def _situation(version: RouteVersion, agent: Agent) -> Situation:
    entries = ToolsetEntry.objects.filter(
        toolset__agents=agent, route=version.route
    ).values_list("scope_patterns", flat=True)
    tenant = agent.tenant
    return Situation(
        tenant_suspended=tenant.suspended_at is not None,
        agent_suspended=agent.suspended_at is not None,
        grants=tuple(Grant.of(patterns) for patterns in entries),
        route_suspended=version.route.suspended_at is not None,
        backend_suspended=version.backend.suspended_at is not None,
        writes_stopped=tenant.writes_stopped_at is not None,
        risk=RiskOfCall(version.risk),
        approval_required=_asks(version),
    )


def _seen(version: RouteVersion, agent: Agent, situation: Situation) -> str:
    route = version.route
    if route.published_id is None:
        return f"{agent} does not see {route}: no version of it is published."
    if not situation.grants:
        return f"{agent} does not see {route}: none of its toolsets names it."
    if situation.tenant_suspended or situation.agent_suspended:
        return f"{agent} sees nothing: it, or its tenant, is suspended."
    return f"{agent} sees {route}."


def _in_words(decision: Decision, version: RouteVersion) -> str:
    if decision.outcome is Outcome.ALLOW:
        return "Allowed at once: policy asks nobody."
    if decision.outcome is Outcome.ASK:
        return f"A person is asked: {version.quorum} of {version.group}."
    reason = decision.reason or Reason.POLICY_DENIED
    if reason is Reason.POLICY_DENIED:
        return "Denied: the scope is outside of the agent's patterns (policy_denied)."
    if reason is Reason.TOOL_NOT_GRANTED:
        return "Denied: no toolset of the agent names the tool (tool_not_granted)."
    return f"Denied: {FACES[reason].detail} ({reason})"


def _asks(version: RouteVersion) -> bool:
    return version.approval_rule == RouteVersion.Rule.REQUIRED
