"""What publishing and the try-it page ask of approvals; called by name, from below."""

from collections.abc import Sequence
from datetime import datetime

from approvals import eligibility
from approvals.eligibility import Rule
from approvals.models import Approval, Claim
from approvals.services.endings import By, State, close, revoke_covered
from governance.models import Agent, RouteVersion, User


def check_route(version: RouteVersion, *, now: datetime) -> list[str]:
    """Return a sentence for each agent whose calls too few people could approve.

    An empty list means that the quorum can be met for every agent whose toolsets name
    the route.
    """
    if version.approval_rule != RouteVersion.Rule.REQUIRED:
        return []
    agents = Agent.objects.filter(toolsets__entries__route=version.route_id)
    found = [_problem(version, agent, now) for agent in agents.distinct()]
    return [sentence for sentence in found if sentence]


def route_changed(
    route_ids: Sequence[int], *, now: datetime, by: User | None, why: str
) -> None:
    """End what was asked and allowed of these routes as they were.

    Pending requests are superseded, unspent claims revoked.  To be called in the
    transaction of the change, which holds the routes' locks.
    """
    close(
        Approval.objects.filter(route_version__route__in=route_ids),
        pending_as=State.SUPERSEDED,
        by=By.SYSTEM,
        why="route_changed",
        now=now,
        person=by,
        told=f"The tool was changed: {why}.",
    )
    claims = Claim.objects.filter(route_version__route__in=route_ids)
    revoke_covered(claims, why="route_changed", now=now)


def who_could_vote(
    version: RouteVersion, *, agent: Agent, now: datetime
) -> list[tuple[User, str | None, str]]:
    """Return everybody whom the rule concerns: person, seat or None, and why.

    For the agent's newest key; of a session whose human is proved nothing is known.
    """
    if version.group_id is None:
        return []
    rule = _rule(version, agent, maker=_makers(agent, now)[0], now=now)
    return [
        (answer.person, answer.seat, f"{answer.person} {answer.why}")
        for answer in eligibility.seats(rule, now=now)
    ]


def _problem(version: RouteVersion, agent: Agent, now: datetime) -> str:
    for maker in _makers(agent, now):
        rule = _rule(version, agent, maker=maker, now=now)
        left = [str(person) for person in eligibility.seated(rule, now=now)]
        if len(left) < version.quorum:
            return _sentence(agent, left, version.quorum)
    return ""


def _sentence(agent: Agent, left: list[str], needed: int) -> str:
    names = " and ".join([", ".join(left[:-1]), left[-1]] if left[1:] else left)
    who = (
        f"only {names} {'are' if left[1:] else 'is'} left" if left else "nobody is left"
    )
    return f"For {agent} {who}; {needed} needed."


def _rule(
    version: RouteVersion, agent: Agent, *, maker: int | None, now: datetime
) -> Rule:
    rule = Rule(
        tenant_id=version.route.tenant_id,
        group_id=version.group_id or 0,
        quorum=version.quorum,
        separation=version.separation,
        owner_id=agent.owner_id,
        key_maker_id=maker,
        human_id=None,
        publisher_id=version.published_by_id,
    )
    return eligibility.with_fallback(rule, version.fallback_group_id, now=now)


def _makers(agent: Agent, now: datetime) -> list[int | None]:
    """Return who made the live keys, the newest first; each one excludes another."""
    makers = agent.keys.live(now).order_by("-created_at").values_list("created_by_id")
    return list(dict.fromkeys(maker for (maker,) in makers)) or [None]
