"""Agents: who answers for them, and which toolsets they have."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.above import tell_weaker
from governance.changes import Changes, compare
from governance.models import Agent, Membership, Toolset, User
from governance.refusals import Problems, refuse_if
from governance.services.evidence import author, is_new, lock, policy_changed
from governance.services.quorum import refuse_new, unmet
from governance.services.wording import AGENT


@transaction.atomic
def save_agent(
    agent: Agent, *, toolsets: Collection[Toolset], by: User | None, now: datetime
) -> Changes:
    """Create an agent, or change its owner and toolsets; its name stays.

    Raises Refused.
    """
    tenant = lock(agent.tenant)
    before = None
    if not is_new(agent):
        kept = Agent.objects.get(pk=agent.pk)
        agent.name, agent.tenant = kept.name, kept.tenant
        before = _values(kept, list(kept.toolsets.all()))
    refuse_if(_problems(agent, toolsets, at=now))
    changes = compare(before, _values(agent, toolsets), fields=AGENT)
    if changes:
        unmet_before = unmet(tenant, now=now)
        agent.save(update_fields=None if before is None else ["owner"])
        agent.toolsets.set(toolsets)
        refuse_new(unmet_before, tenant=tenant, now=now, field="toolsets")
        record(
            "agent.created" if before is None else "agent.changed",
            now=now,
            tenant=tenant.slug,
            agent=agent.name,
            summary=changes.personal,
            detail=changes.detail(),
            **author(by),
        )
        tell_weaker(f"agent {agent.name}", changes, tenant=tenant, by=by, now=now)
        policy_changed(tenant)
    return changes


def _values(agent: Agent, toolsets: Collection[Toolset]) -> dict[str, object]:
    names = sorted(toolset.name for toolset in toolsets)
    return {"name": agent.name, "owner": str(agent.owner), "toolsets": names}


def _problems(agent: Agent, toolsets: Collection[Toolset], *, at: datetime) -> Problems:
    owner, tenant = agent.owner, agent.tenant
    held = Membership.objects.valid(at).filter(tenant=tenant, user=owner)
    foreign = sorted(each.name for each in toolsets if each.tenant_id != tenant.pk)
    return {
        "owner": []
        if owner.is_active and held.exists()
        else [f"{owner} has no role in {tenant}, so she can't answer for its agents."],
        "toolsets": [f"{name} belongs to another tenant." for name in foreign],
    }
