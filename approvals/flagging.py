"""The flags of a request, with what people approved before for the same arguments."""

from datetime import datetime, timedelta
from typing import Final

from approvals.display import Flag, flags
from approvals.models import Approval
from approvals.models.approval import ApprovalQuerySet
from governance.arguments import JSON, parse_json
from governance.template import Template, TemplateInvalid, text_of

LATELY: Final = timedelta(days=30)
COMPARED: Final = 20  # approved requests whose values count as known
SHORT: Final = 200  # characters; a longer value is no name

_YES: Final = (
    Approval.State.APPROVED,
    Approval.State.EXECUTED,
    Approval.State.LAPSED,
    Approval.State.REVOKED,
)


def flags_of(approval: Approval, args: dict[str, JSON]) -> list[Flag]:
    """Return what to look at in a request; reads ``route_version``."""
    version = approval.route_version
    return flags(
        args,
        version.arguments_schema,
        names=names_in(version.summary_template, args),
        approved=_approved(approval),
    )


def names_in(summary_template: str, args: dict[str, JSON]) -> list[str]:
    """Return the values that stand in the sentence."""
    try:
        names = Template.parse(summary_template).names
    except TemplateInvalid:
        return []
    return [text_of(args[name]) for name in names if name in args]


def similar(approval: Approval, *, since: datetime) -> ApprovalQuerySet:
    """Return what the agent was approved of this tool before, the newest first."""
    earlier = Approval.objects.filter(
        tenant=approval.tenant_id,
        agent=approval.agent_id,
        tool=approval.tool,
        state__in=_YES,
        decided_at__gt=since,
        created_at__lt=approval.created_at,
    )
    return earlier.order_by("-decided_at")


def _approved(approval: Approval) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    earlier = similar(approval, since=approval.created_at - LATELY)
    bodies = earlier.exclude(payload=None).values_list("payload__request", flat=True)
    for body in bodies[:COMPARED]:
        for name, value in parse_json(bytes(body)).items():
            if isinstance(value, str) and len(value) <= SHORT:
                known.setdefault(f"/{name}", set()).add(value)
    return known
