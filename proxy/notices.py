"""Telling people how a call ended, through the approvals' outbox."""

from datetime import datetime

from django.db import transaction

from approvals.services import notify_outcome
from proxy.models import Call


def tell_outcome(call: Call, *, event: str, now: datetime) -> None:
    """Write the deliveries of an outcome, in one transaction.

    ``event`` is ``executed``, ``failed`` or ``outcome_unknown``.
    """
    about = {"tool": call.tool, "scope": call.scope, "agent": call.agent.name}
    with transaction.atomic():
        notify_outcome(
            call.pk,
            event,
            agent_id=call.agent_id,
            approval_id=call.approval_id,
            about=about,
            now=now,
        )
