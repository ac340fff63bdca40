"""Asking people: an agent's request finds its approval, opens one, or is refused."""

from datetime import datetime

from django.db import transaction

from approvals import eligibility
from approvals.actions import Action
from approvals.clock import database_now
from approvals.display import reviewable
from approvals.eligibility import Rule
from approvals.models import Approval
from approvals.models.approval import ApprovalQuerySet
from approvals.services import repeats
from approvals.services.endings import end_unsatisfiable
from approvals.services.expiry import due, settle
from approvals.services.locking import lock, lock_route, read_approval
from approvals.services.notices import tell_unopened
from approvals.services.opening import Asked, open_approval, with_reason
from approvals.services.pressure import crowded, lock_group
from governance.arguments import parse_json
from governance.decision import Reason
from governance.errors import Denied
from governance.models import Agent, AgentSession, RouteVersion, Tenant

State = Approval.State


class PolicyMoved(Denied):
    """The policy that allowed to ask is no longer in force.

    Whoever knows better refreshes the policy and decides again; in public it is
    ``unavailable``, to be tried again.
    """


def latest_for(action: Action) -> Approval | None:
    """Return the newest request for exactly this action, with its claim."""
    return (
        _equal(action)
        .select_related("claim__tenant", "claim__agent")
        .order_by("-created_at")
        .first()
    )


def find_or_open(action: Action, *, asked: Asked, now: datetime) -> Approval:
    """Return the open approval of this action, or open one and tell its voters.

    A transaction of its own, since what a refusal changes (an ending told, admins
    alerted) has to stay.  Raises Denied with the first reason that
    applies, PolicyMoved if the decision to ask was made by an older policy.
    """
    _insist_on_reviewable(action)
    with transaction.atomic(durable=True):
        answer = _answer(action, asked=asked, now=now)
    if isinstance(answer, Denied):
        raise answer
    return answer


def insist_on_askable(action: Action) -> None:
    """Raise the Denied with which ``find_or_open`` would refuse this action now.

    Nothing is locked, written or told: what others do meanwhile may change the answer.
    """
    _insist_on_reviewable(action)
    at, newest = database_now(), latest_for(action)
    if newest is not None:
        _foresee_ending(newest, at=at)
    if newest is not None and newest.state in (State.PENDING, State.APPROVED):
        refusal = _undecidable(newest, at=at)
    else:
        refusal = _pause(action, newest, at=at) or _no_room(
            action, _rule(action, at=at), at=at
        )
    if refusal is not None:
        raise refusal


def _foresee_ending(newest: Approval, *, at: datetime) -> None:
    if (over := due(newest, at=at)) is not None:
        newest.state, newest.ended_at = over, at


def _answer(action: Action, *, asked: Asked, now: datetime) -> Approval | Denied:
    # Two equal asks at once: the second waits for the route here, and finds the first.
    at = _lock(action)
    newest = _newest(action, at=at, now=now)
    if newest is not None and newest.state in (State.PENDING, State.APPROVED):
        return _join(newest, asked=asked, at=at, now=now)
    refusal = _pause(action, newest, at=at)
    if refusal is not None:
        return _told(refusal, newest, at=at)
    rule = _rule(action, at=at)
    lock_group(rule.group_id)
    refusal = _no_room(action, rule, at=at)
    if refusal is not None:
        return _unopened(refusal, action, at=at)
    return open_approval(action, rule, asked=asked, at=at, now=now)


def _lock(action: Action) -> datetime:
    """Lock route and session, check that both are as decided, return the time.

    With the session's row in hand nobody ends it, or moves its epoch on, past a
    request that is only being opened.
    """
    route = lock_route(action.route.route_id)
    lock(AgentSession.objects.filter(pk=action.session.pk))
    at = database_now()
    tenant = Tenant.objects.get(pk=action.principal.tenant_id)
    session = AgentSession.objects.get(pk=action.session.pk)
    if session.ended_at is not None or session.expires_at <= at:
        raise Denied(Reason.SESSION_ENDED)
    is_moved = tenant.policy_epoch != action.principal.epoch
    if is_moved or route.published_id != action.route.version_id:
        raise PolicyMoved(Reason.UNAVAILABLE, "Policy has just changed; try again.")
    return at


def _equal(action: Action) -> ApprovalQuerySet:
    return Approval.objects.filter(
        agent=action.principal.agent_id, fingerprint=action.fingerprint
    )


def _newest(action: Action, *, at: datetime, now: datetime) -> Approval | None:
    newest = _equal(action).order_by("-created_at").values_list("pk", flat=True).first()
    if newest is None:
        return None
    lock(Approval.objects.filter(pk=newest))
    approval = read_approval(newest)
    settle(approval, at=at, now=now)
    return approval


def _join(
    approval: Approval, *, asked: Asked, at: datetime, now: datetime
) -> Approval | Denied:
    """Add a repeat's words to the request that is open; nobody is notified."""
    if approval.state == State.PENDING:
        refusal = _undecidable(approval, at=at)
        if refusal is not None:
            approval.told_at = at
            approval.save(update_fields=["told_at"])
            end_unsatisfiable(approval, at=at, now=now)
            return refusal
        if asked.mode == Approval.Mode.DEFERRED:
            approval.mode = asked.mode  # whoever asks so does not come back to run it
    approval.asks += 1
    approval.reasons = with_reason(approval.reasons, asked.reason, at=at)
    approval.changed_at = at
    approval.save(update_fields=["asks", "reasons", "mode", "changed_at"])
    return approval


def _undecidable(approval: Approval, *, at: datetime) -> Denied | None:
    if approval.state != State.PENDING:
        return None
    if len(eligibility.seated(approval, now=at)) >= approval.quorum:
        return None
    return repeats.telling(approval, Reason.APPROVAL_UNSATISFIABLE)


def _pause(action: Action, newest: Approval | None, *, at: datetime) -> Denied | None:
    if newest is not None:
        if reason := repeats.untold(newest):
            return repeats.telling(newest, reason)
        if pause := repeats.cooling(newest, at=at):
            return pause
    return repeats.resting(action.session, at=at)


def _told(refusal: Denied, newest: Approval | None, *, at: datetime) -> Denied:
    if newest is not None and refusal.members.get("approval_id") == newest.pk:
        Approval.objects.filter(pk=newest.pk).update(told_at=at)
    return refusal


def _no_room(action: Action, rule: Rule, *, at: datetime) -> Denied | None:
    if refusal := crowded(action, rule.group_id):
        return refusal
    if len(eligibility.seated(rule, now=at)) < rule.quorum:
        return Denied(Reason.APPROVAL_UNSATISFIABLE)
    return None


def _rule(action: Action, *, at: datetime) -> Rule:
    route, principal = action.route, action.principal
    if route.group_id is None:
        raise Denied(Reason.UNAVAILABLE, "The route's rule names no approver group.")
    publisher = RouteVersion.objects.values_list("published_by_id", flat=True)
    rule = Rule(
        tenant_id=principal.tenant_id,
        group_id=route.group_id,
        quorum=route.quorum,
        separation=route.separation,
        owner_id=principal.owner_id,
        key_maker_id=principal.key_maker_id,
        human_id=action.session.human_id,
        publisher_id=publisher.get(pk=route.version_id),
        opened_at=at,
    )
    return eligibility.with_fallback(rule, route.fallback_group_id, now=at)


def _unopened(refusal: Denied, action: Action, *, at: datetime) -> Denied:
    if refusal.reason is Reason.APPROVAL_UNSATISFIABLE:
        agent = Agent.objects.select_related("owner", "tenant").get(
            pk=action.principal.agent_id
        )
        about = {
            "agent": agent.name,
            "tool": action.route.tool,
            "group": action.route.group,
        }
        tell_unopened(agent, about, at=at)
    return refusal


def _insist_on_reviewable(action: Action) -> None:
    if action.route.allow_unreadable:
        return
    args = parse_json(action.args)
    unreadable = reviewable(args, dict(action.route.arguments_schema))
    if unreadable:
        raise Denied(
            Reason.POLICY_DENIED,
            "An argument can't be read by a person, so nobody is asked to approve it.",
            errors=[
                {"pointer": each.pointer, "message": each.why} for each in unreadable
            ],
        )
