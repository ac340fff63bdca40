"""What example arguments would do on a route: everything but the sending."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
    """What came out; the first ``problem`` ends it, as it would end the call.

    Where no agent is chosen, ``decision`` is what holds for whoever has the tool on
    this scope, and nothing is ``seen``.
    """

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
    situation = _situation(version, agent)
    found = Trial(
        scope=scope,
        summary=summary,
        request=request,
        power=power,
        decision=_in_words(decide(situation, scope=scope), version),
    )
    if agent is None:
        return found
    return replace(
        found,
        seen=_seen(version, agent, situation),
        voters=voters(version, agent=agent, now=now) if _asks(version) else (),
    )


def _situation(version: RouteVersion, agent: Agent | None) -> Situation:
    tenant = version.route.tenant
    return Situation(
        tenant_suspended=tenant.suspended_at is not None,
        agent_suspended=agent is not None and agent.suspended_at is not None,
        grants=_grants(version, agent),
        route_suspended=version.route.suspended_at is not None,
        backend_suspended=version.backend.suspended_at is not None,
        writes_stopped=tenant.writes_stopped_at is not None,
        risk=RiskOfCall(version.risk),
        approval_required=_asks(version),
    )


def _grants(version: RouteVersion, agent: Agent | None) -> tuple[Grant, ...]:
    if agent is None:
        return (Grant.of(()),)
    entries = ToolsetEntry.objects.filter(toolset__agents=agent, route=version.route)
    patterns = entries.values_list("scope_patterns", flat=True)
    return tuple(map(Grant.of, patterns))


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
        how = version.separation.replace("_", " ")
        return f"A person is asked: {version.quorum} of {version.group}, {how}."
    reason = decision.reason or Reason.POLICY_DENIED
    if reason is Reason.POLICY_DENIED:
        return "Denied: the scope is outside of the agent's patterns (policy_denied)."
    if reason is Reason.TOOL_NOT_GRANTED:
        return "Denied: no toolset of the agent names the tool (tool_not_granted)."
    return f"Denied: {FACES[reason].detail} ({reason})"


def _asks(version: RouteVersion) -> bool:
    return version.approval_rule == RouteVersion.Rule.REQUIRED
