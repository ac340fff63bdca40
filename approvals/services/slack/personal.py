"""What one person reads in direct messages, beside the questions with their buttons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from approvals.channels.slack.letters import direct
from approvals.models import Delivery
from approvals.services import writing
from approvals.services.slack.copies import ASKED


def personal(delivery: Delivery, *, now: datetime) -> dict[str, Any]:
    """Return a message that tells one person what a mail would tell her."""
    approval = delivery.approval
    named = f"{approval.code} {approval.tool}" if approval else ""
    return direct(writing.letter(delivery, now=now), named=named)


def several(questions: Sequence[Delivery]) -> dict[str, Any]:
    """Return one message about several questions, each as it stands by now."""
    return direct(writing.bundle(questions), named="")


def in_one_message(copy: Delivery) -> list[Delivery]:
    """Return the questions that went out in the very message of this one, it too."""
    together = Delivery.objects.filter(
        tenant=copy.tenant_id,
        event=ASKED,
        channel=Delivery.Channel.SLACK,
        recipient=copy.recipient_id,
        message_id=copy.message_id,
    )
    return list(
        together.select_related(
            "tenant", "recipient", "approval__agent", "approval__route_version"
        ).order_by("created_at")
    )
