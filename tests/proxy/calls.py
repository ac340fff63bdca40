"""Calls as the ledger leaves them, for pages and settling."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from approvals.models import Approval
from governance.ids import new_id
from proxy.models import Call


def unclear_call(approval: Approval, **fields: Any) -> Call:
    """Return a call of this approval that was sent, and whose answer was lost."""
    now = timezone.now()
    return Call.objects.create(
        **{
            "tenant": approval.tenant,
            "agent": approval.agent,
            "session": approval.session,
            "route_version": approval.route_version,
            "approval": approval,
            "claim_id": new_id("clm"),
            "nonce_hash": b"n" * 32,
            "payload": approval.payload,
            "tool": approval.tool,
            "scope": approval.scope,
            "args_digest": bytes(approval.args_digest),
            "state": Call.State.OUTCOME_UNKNOWN,
            "created_at": now,
            "deadline_at": now + timedelta(seconds=40),
            "sent_at": now,
            "finished_at": now,
            "reason": "outcome_unknown",
            "detail": "It was sent, and its answer was lost.",
            **fields,
        }
    )
