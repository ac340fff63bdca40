"""Block "what differs": from the last similar request that people approved."""

from dataclasses import dataclass

from approvals.difference import Line, changes, difference
from approvals.flagging import LATELY, similar
from approvals.models import Approval
from governance.arguments import JSON, parse_json


@dataclass(frozen=True, slots=True)
class Differing:
    """The earlier request, what changed since, and how much did not."""

    earlier: Approval
    same_scope: bool
    lines: list[Line]
    same: int


def differing(approval: Approval, args: dict[str, JSON] | None) -> Differing | None:
    """Compare with the newest similar one: of the same scope first, else of any.

    None where the agent was approved nothing like it in the last 30 days, or its
    arguments were dropped.
    """
    earlier = args is not None and _earlier(approval)
    if not earlier or args is None or earlier.payload is None:
        return None
    lines = difference(
        parse_json(bytes(earlier.payload.request)),
        args,
        was=earlier.route_version.arguments_schema,
        now=approval.route_version.arguments_schema,
    )
    changed = changes(lines)
    same_scope = earlier.scope == approval.scope
    return Differing(earlier, same_scope, changed, len(lines) - len(changed))


def _earlier(approval: Approval) -> Approval | None:
    found = similar(approval, since=approval.created_at - LATELY)
    kept = found.exclude(payload=None).select_related("payload", "route_version")
    return kept.filter(scope=approval.scope).first() or kept.first()
