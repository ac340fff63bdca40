"""A request that people are asked about: its rows, its notices, its evidence."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from approvals import eligibility
from approvals.actions import Action
from approvals.display import flags
from approvals.eligibility import Rule
from approvals.fingerprint import short_code
from approvals.flagging import names_in
from approvals.models import Approval
from approvals.services.locking import read_approval
from approvals.services.notices import tell_voters
from audit.models import Payload
from audit.services import Facts, record
from governance.arguments import parse_json

MAX_REASONS: Final = 20
REASON_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent says beside the action; ``mode`` is one of Approval.Mode."""

    reason: str
    mode: str
    idempotency_key: str | None


def open_approval(
    action: Action, rule: Rule, *, asked: Asked, at: datetime, now: datetime
) -> Approval:
    """Store a request with its bytes, and ask everybody who has a seat."""
    approval = _rows(action, rule, asked=asked, at=at)
    tell_voters(approval, eligibility.seated(rule, now=at), at=at)
    facts: Facts = {
        **action.evidence(),
        "approval_id": approval.pk,
        "stated_reason": asked.reason,
        "detail": {
            "code": approval.code,
            "mode": approval.mode,
            "decide_by": approval.decide_by,
        },
    }
    record("approval.requested", now=now, **facts)
    return read_approval(approval.pk)


def _rows(action: Action, rule: Rule, *, asked: Asked, at: datetime) -> Approval:
    route, principal = action.route, action.principal
    waits = timedelta(
        seconds=route.decide_within_seconds + route.execute_within_seconds
    )
    payload = Payload.objects.create(
        tenant=principal.tenant,
        request=action.args,
        created_at=at,
        # However short payloads are kept: what people decide on, and what then runs.
        keep_until=at + waits + timedelta(seconds=route.payload_seconds),
    )
    return Approval.objects.create(
        tenant_id=principal.tenant_id,
        agent_id=principal.agent_id,
        key_id=principal.key_pk,
        session=action.session,
        route_version_id=route.version_id,
        payload=payload,
        tool=route.tool,
        risk=route.risk,
        backend=route.backend.name,
        lane=route.lane.name,
        scope=action.scope,
        summary=action.summary,
        args_digest=action.args_digest,
        summary_digest=action.summary_digest,
        fingerprint=action.fingerprint,
        code=short_code(action.fingerprint),
        group_id=rule.group_id,
        fallback_group_id=rule.fallback_group_id,
        quorum=rule.quorum,
        separation=rule.separation,
        mode=asked.mode,
        idempotency_key=asked.idempotency_key or "",
        reasons=with_reason([], asked.reason, at=at),
        flags=_flags(action),
        created_at=at,
        decide_by=at + timedelta(seconds=route.decide_within_seconds),
        changed_at=at,
    )


def _flags(action: Action) -> list[str]:
    route, args = action.route, parse_json(action.args)
    names = names_in(route.summary_template, args)
    found = flags(args, dict(route.arguments_schema), names=names)
    return sorted({each.kind.value for each in found})


def with_reason(
    reasons: list[dict[str, str]], text: str, *, at: datetime
) -> list[dict[str, str]]:
    """Return the agent's words of all its asks, dated; at most twenty are kept."""
    text = text[:REASON_CHARACTERS]
    if not text or text in {reason["text"] for reason in reasons}:
        return reasons
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    added = [*reasons, {"at": moment, "text": text}]
    # The first one stays; of a flood of others the newest.
    return added if len(added) <= MAX_REASONS else [added[0], *added[2:]]
