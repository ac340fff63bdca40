"""A receiver of webhooks that verifies what comes."""

import json
from typing import Any

from standardwebhooks.webhooks import Webhook as Receiver

from approvals.channels.notes import CHOSEN
from approvals.models import Delivery, Webhook
from approvals.services.webhooks import (
    new_secret,
    save_webhook,
)
from governance.models import User
from tests.factories import NOW, TenantFactory, person
from tests.remotes import Received, Remote


def a_webhook(remote: Remote, **given: Any) -> tuple[Webhook, str]:
    """Return a webhook of team-acme that is told of everything, and its secret."""
    sam = person("sam", "admin")
    hook = Webhook(
        **{
            "tenant": TenantFactory.create(),
            "name": "ops",
            "url": f"{remote.url}/hooks/1?key=a",
            "allowed_cidrs": ["127.0.0.0/8"],
            "events": [each.value for each in CHOSEN],
            **given,
        }
    )
    save_webhook(hook, by=sam, now=NOW)
    return hook, new_secret(hook, by=sam, now=NOW)


def sam() -> User:
    return User.objects.get(username="sam")


def note(received: Received) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(received.body)
    return body


def verified(received: Received, secret: str) -> Any:
    """Return what the scheme's own library reads, or let it refuse."""
    return Receiver(secret).verify(received.body, dict(received.headers))


def only(event: str) -> Delivery:
    return Delivery.objects.get(channel="webhook", event=event)
