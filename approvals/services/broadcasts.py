"""What webhooks and Slack are told: outbox rows, beside the mails to people."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from approvals.channels.notes import Happening, data_of, type_of
from approvals.models import Approval, Delivery, Webhook
from governance.ids import new_id
from governance.models import Tenant
from governance.nudges import nudge

Channel = Delivery.Channel


def tell_webhooks(
    event: str,
    tenant: Tenant,
    *,
    at: datetime,
    approval: Approval | None = None,
    call_id: str = "",
    about: Mapping[str, str] | None = None,
    rests_for: timedelta | None = None,
) -> None:
    """Queue an event for the tenant's webhooks that asked for its type.

    What is told is written down now: an approval moves on, its notes do not.
    """
    kind = type_of(event)
    hooks = [hook for hook in Webhook.objects.active(tenant) if kind in hook.events]
    if not hooks:
        return
    happening = Happening(
        event=event,
        tenant=tenant.slug,
        approval=approval,
        call_id=call_id,
        about=about or {},
        rests_until=at + rests_for if rests_for else None,
    )
    rows = [
        _to_webhook(hook, happening, data=data_of(happening), at=at) for hook in hooks
    ]
    create(rows)


def tell_webhook(hook: Webhook, event: str, *, at: datetime) -> Delivery:
    """Queue an event for one webhook, whatever it asked for: a test."""
    happening = Happening(event=event, tenant=hook.tenant.slug)
    row = _to_webhook(hook, happening, data=data_of(happening), at=at)
    row.save()
    nudge("approvals.sweep_deliveries")
    return row


def create(rows: list[Delivery]) -> None:
    """Store outbox rows and wake whoever sends them.

    The constraints ``delivery_once…`` drop whoever the same event told already.
    """
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.due_at <= row.created_at for row in rows):
        nudge("approvals.sweep_deliveries")


def _to_webhook(
    hook: Webhook, happening: Happening, *, data: Mapping[str, object], at: datetime
) -> Delivery:
    return Delivery(
        tenant=hook.tenant,
        event=happening.event,
        approval=happening.approval,
        call_id=happening.call_id,
        about=dict(data),
        channel=Channel.WEBHOOK,
        webhook=hook,
        address=hook.name,
        message_id=new_id("msg"),
        created_at=at,
        due_at=at,
    )
