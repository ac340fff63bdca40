"""A tenant's webhooks: where they go, and the secret that signs them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.channels.notes import CHOSEN
from approvals.channels.webhook import Target, url_problems
from approvals.models import Delivery, Webhook
from approvals.services.broadcasts import tell_webhook
from audit.randomness import random_bytes
from audit.services import Fact, record
from audit.webhooks import SECRET_BYTES, written_secret
from governance.changes import Changes, Field, Fields, grew
from governance.egress import CidrRefused, parse_cidrs
from governance.envelope import Context, Secret
from governance.models import User
from governance.refusals import Problems, refuse_if
from governance.sealing import opened, sealed
from governance.seals import holds
from governance.services.evidence import (
    author,
    differences,
    is_new,
    lock,
    save_sealed,
)

TEST: Final = "test"
# How long receivers have to learn a new secret: both sign meanwhile.
PREVIOUS_SIGNS: Final = timedelta(hours=24)

WEBHOOK: Final[Fields] = {
    "name": Field("name"),
    "url": Field("URL", shown=False),  # its path is often a secret
    "allowed_cidrs": Field("private addresses that may be reached", weaker=grew),
    "events": Field("events"),
}


class WebhookAltered(Exception):
    """A webhook's row is not as it was saved: nothing goes where it says."""


def save_webhook(hook: Webhook, *, by: User | None, now: datetime) -> Changes:
    """Create or change a webhook; its name stays.  Raises Refused."""
    refuse_if(webhook_problems(hook))  # resolves the name: not in the transaction
    return _save(hook, by=by, now=now)


def save_with_secret(hook: Webhook, *, by: User | None, now: datetime) -> str:
    """Create or change a webhook; return its secret if it had none, for the only time.

    Raises Refused.
    """
    refuse_if(webhook_problems(hook))
    with transaction.atomic():
        _save(hook, by=by, now=now)
        return "" if hook.sealed_secret else new_secret(hook, by=by, now=now)


@transaction.atomic
def _save(hook: Webhook, *, by: User | None, now: datetime) -> Changes:
    lock(hook.tenant)
    new = is_new(hook)
    if not new:
        kept = Webhook.objects.get(pk=hook.pk)
        hook.name, hook.version = kept.name, kept.version
    changes = differences(hook, WEBHOOK)
    if not changes:
        return changes
    save_sealed(hook, kind="webhook", fields=WEBHOOK, new=new)
    event = "webhook.created" if new else "webhook.changed"
    _record(event, hook, by=by, now=now, detail=changes.detail())
    return changes


@transaction.atomic
def new_secret(hook: Webhook, *, by: User | None, now: datetime) -> str:
    """Give a webhook another secret and return it, for the only time.

    The last one signs as well for a day, so that receivers can change over.
    """
    lock(hook.tenant)
    hook.refresh_from_db()
    secret = written_secret(random_bytes(SECRET_BYTES))
    last = _secret(hook).reveal() if hook.sealed_secret else ""
    hook.secret_version += 1
    if last:
        hook.previous_until = now + PREVIOUS_SIGNS
        hook.previous_secret = sealed(last, place=_place(hook, "previous"))
    hook.secret_set_at = now
    hook.sealed_secret = sealed(secret, place=_place(hook))
    hook.save(update_fields=_SECRETS)
    told: dict[str, Fact] = {
        "changes": ["the secret was replaced"],
        "secret_version": hook.secret_version,
    }
    _record("webhook.secret_replaced", hook, by=by, now=now, detail=told)
    return secret


@transaction.atomic
def pause_webhook(hook: Webhook, *, by: User, now: datetime) -> bool:
    """Tell it nothing more; what is queued is dropped.  False if it was so already."""
    return _switch(hook, suspended_at=now, by=by, now=now, word="paused")


@transaction.atomic
def resume_webhook(hook: Webhook, *, by: User, now: datetime) -> bool:
    """Tell it of what happens from now on.  False if it was so already."""
    return _switch(hook, suspended_at=None, by=by, now=now, word="resumed")


@transaction.atomic
def send_test(hook: Webhook, *, now: datetime) -> Delivery:
    """Queue an event of the type ``webhook.test``."""
    return tell_webhook(hook, TEST, at=now)


def target_of(hook: Webhook, *, at: datetime) -> Target:
    """Return where a webhook goes and what signs it.

    Raises WebhookAltered, or what opening a secret raises.
    """
    if not holds("webhook", hook.members(), hook.seal):
        raise WebhookAltered
    is_rotating = hook.previous_until is not None and hook.previous_until > at
    previous = None
    if is_rotating and hook.previous_secret:
        previous = opened(hook.previous_secret, place=_place(hook, "previous"))
    return Target(hook.url, tuple(hook.allowed_cidrs), _secret(hook), previous)


def webhook_problems(hook: Webhook) -> Problems:
    """Say what is wrong with a webhook, by field; its name is looked up in DNS."""
    cidrs = _cidr_problems(hook.allowed_cidrs)
    unknown = not hook.events or not set(hook.events) <= set(CHOSEN)
    return {
        "allowed_cidrs": cidrs,
        "url": [] if cidrs else url_problems(hook.url, cidrs=hook.allowed_cidrs),
        "events": [_("Choose at least one of the events.")] if unknown else [],
    }


def _cidr_problems(cidrs: list[str]) -> list[str]:
    try:
        parse_cidrs(cidrs)
    except CidrRefused as error:
        return [str(error)]
    return []


def _switch(
    hook: Webhook, *, suspended_at: datetime | None, by: User, now: datetime, word: str
) -> bool:
    lock(hook.tenant)
    is_running = suspended_at is not None
    rows = Webhook.objects.filter(pk=hook.pk, suspended_at__isnull=is_running)
    if not rows.update(suspended_at=suspended_at):
        return False
    _record("webhook.changed", hook, by=by, now=now, detail={"changes": [word]})
    return True


def _secret(hook: Webhook) -> Secret:
    return opened(hook.sealed_secret, place=_place(hook))


def _place(hook: Webhook, field: str = "secret") -> Context:
    # A name of a lane has no colon, so neither's secret opens in the other's place.
    return Context(
        tenant=hook.tenant.slug,
        lane=f"webhook:{hook.name}",
        field=field,
        version=hook.secret_version,
    )


def _record(
    event: str,
    hook: Webhook,
    *,
    by: User | None,
    now: datetime,
    detail: Mapping[str, Fact],
) -> None:
    record(
        event,
        now=now,
        tenant=hook.tenant.slug,
        detail={"webhook": hook.name, **detail},
        **author(by),
    )


_SECRETS: Final = [
    "sealed_secret",
    "secret_version",
    "secret_set_at",
    "previous_secret",
    "previous_until",
]
