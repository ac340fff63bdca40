"""Steps 4 to 7 of the road: route, arguments, scope and summary, decision."""

from dataclasses import dataclass, field
from datetime import datetime

from approvals.actions import Action
from audit.services import Facts
from governance.arguments import JSON, MAX_BYTES, InvalidJson, canonical, parse_json
from governance.decision import Decision, Outcome, Reason, decide, decide_tool
from governance.errors import Denied
from governance.mapping import PathInvalid
from governance.policy import Principal, RouteFacts, find_route
from governance.scope import ScopeInvalid, render_scope, render_summary
from proxy.asking import ToolCall
from proxy.sessions import session_for
from proxy.telemetry import step


@dataclass(slots=True)
class Trail:
    """How far a request came: what a refusal's record can say about it."""

    now: datetime
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Judged:
    """An action that policy does not deny: it allows it, or asks."""

    action: Action
    decision: Decision


def judge(asked: ToolCall, *, principal: Principal, trail: Trail) -> Judged:
    """Turn a request into an action and decide on it.

    Raises Denied with the first reason that fails, in the order of docs/one-call.md.
    """
    with step("judge"):
        route = _route(asked, principal, trail)
        args = _arguments(asked, route)
        scope, summary = _rendered(route, args)
        stored = _stored(args, asked)
        session = session_for(
            principal, handle=asked.session, label=asked.label, now=trail.now
        )
        action = Action.bind(
            principal,
            session=session,
            route=route,
            args=stored,
            scope=scope,
            summary=summary,
        )
        trail.facts.update(action.evidence())
        decision = decide(route.situation(principal), scope=scope)
        if decision.outcome is Outcome.DENY:
            raise Denied(decision.reason or Reason.POLICY_DENIED)
    return Judged(action, decision)


def _route(asked: ToolCall, principal: Principal, trail: Trail) -> RouteFacts:
    """Find the published route; a tool not granted looks like none at all."""
    _refuse_suspended(principal)
    if asked.tool not in principal.grants:
        raise Denied(Reason.TOOL_NOT_GRANTED)
    route = find_route(principal, asked.tool)
    if route is None:
        raise Denied(Reason.UNKNOWN_TOOL)
    trail.facts.update(
        {
            "tool": route.tool,
            "risk": route.risk,
            "backend": route.backend.name,
            "lane": route.lane.name,
            "route_version": route.number,
            "route_digest": route.digest,
        }
    )
    decision = decide_tool(route.situation(principal))
    if decision.outcome is Outcome.DENY:
        raise Denied(decision.reason or Reason.POLICY_DENIED)
    return route


def _refuse_suspended(principal: Principal) -> None:
    if principal.tenant_suspended:
        raise Denied(Reason.TENANT_SUSPENDED)
    if principal.agent_suspended:
        raise Denied(Reason.AGENT_SUSPENDED)


def _arguments(asked: ToolCall, route: RouteFacts) -> dict[str, JSON]:
    errors = route.schema.validate(asked.args)
    if errors:
        told = [{"pointer": e.pointer, "message": e.message} for e in errors]
        raise Denied(Reason.INVALID_ARGUMENTS, errors=told)
    return route.schema.with_defaults(asked.args)


def _stored(args: dict[str, JSON], asked: ToolCall) -> bytes:
    """Return the canonical bytes, which have to pass the door once more to be sent.

    Defaults add values to what came in, and 1e15 is written out: what grows over a
    bound has to be refused here, where nothing is spent.
    """
    stored = canonical(args)
    if len(stored) > MAX_BYTES or args != asked.args:
        try:
            parse_json(stored)
        except InvalidJson as error:
            raise _refused(Reason.INVALID_ARGUMENTS, error.message) from error
    return stored


def _rendered(route: RouteFacts, args: dict[str, JSON]) -> tuple[str, str]:
    try:
        scope = render_scope(route.scope_template, args)
        summary = render_summary(route.summary_template, args)
        # The path is rendered here only to refuse early what could not be sent.
        route.mapping.render(args, call_id="cal_")
    except ScopeInvalid as error:
        raise _refused(Reason.SCOPE_INVALID, error.message) from error
    except PathInvalid as error:
        raise _refused(Reason.INVALID_ARGUMENTS, error.message) from error
    return scope, summary


def _refused(reason: Reason, message: str) -> Denied:
    return Denied(reason, errors=[{"pointer": "", "message": message}])
