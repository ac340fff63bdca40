"""Webhooks: what one delivery posts, and to where."""

from datetime import datetime

from approvals.channels import webhook
from approvals.channels.failures import SendFailed
from approvals.channels.notes import body_of
from approvals.channels.webhook import Target
from approvals.clock import database_now
from approvals.models import Delivery
from approvals.services.webhooks import WebhookAltered, target_of
from governance.envelope import SealBroken
from governance.keys import KeyUnavailable


def post_webhook(delivery: Delivery, *, now: datetime) -> str:
    """Post one event and return its id, the same for every attempt.

    Raises SendFailed.
    """
    webhook.send(
        _target(delivery, at=database_now()),
        message_id=delivery.message_id,
        at=now,
        body=body_of(delivery),
    )
    return delivery.message_id


def _target(delivery: Delivery, *, at: datetime) -> Target:
    if delivery.webhook is None:
        raise SendFailed("no_webhook", is_permanent=True)
    try:
        return target_of(delivery.webhook, at=at)
    except WebhookAltered as error:
        raise SendFailed("altered", is_permanent=True) from error
    except (SealBroken, KeyUnavailable) as error:
        raise SendFailed("no_secret", is_permanent=True) from error
