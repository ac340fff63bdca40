"""A tenant's Slack workspace: the app in it, its two secrets, its groups' channels."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.models import SlackChannel, SlackWorkspace
from audit.services import Fact, record
from governance.changes import Changes, Field, Fields
from governance.envelope import Context, Secret
from governance.models import Tenant, User
from governance.refusals import Problems, refuse_if
from governance.sealing import opened, sealed
from governance.seals import holds
from governance.services.evidence import (
    author,
    differences,
    lock,
)

# How long what Slack signs with the last secret is still believed.
PREVIOUS_COUNTS: Final = timedelta(hours=24)
TOKEN_CHARACTERS: Final = range(20, 256)

CHANNEL: Final[Fields] = {
    "group": Field("group"),
    "channel_id": Field("channel ID"),
}
_APP: Final = re.compile(r"A[A-Z0-9]{5,19}")
_TEAM: Final = re.compile(r"T[A-Z0-9]{5,19}")
_ENTERPRISE: Final = re.compile(r"(?:E[A-Z0-9]{5,19})?")
_CHANNEL: Final = re.compile(r"(?:[CG][A-Z0-9]{5,19})?")
_TOKEN: Final = re.compile(r"xoxb-[A-Za-z0-9-]+")
_SIGNING: Final = re.compile(r"[0-9a-f]{32}")


class WorkspaceAltered(Exception):
    """A workspace's row is not as it was saved: it speaks for nobody."""


@transaction.atomic
def replace_token(
    workspace: SlackWorkspace, token: str, *, by: User | None, now: datetime
) -> None:
    """Seal another bot token.  Raises Refused."""
    refuse_if({"token": token_problems(token)})
    lock(workspace.tenant)
    workspace.refresh_from_db()
    workspace.token_version += 1
    workspace.sealed_token = sealed(token, place=_token_place(workspace))
    workspace.save(update_fields=["token_version", "sealed_token"])
    _record_secret("bot token", workspace, by=by, now=now)


@transaction.atomic
def replace_signing_secret(
    workspace: SlackWorkspace, secret: str, *, by: User | None, now: datetime
) -> None:
    """Seal another signing secret; the last one counts for a day.  Raises Refused."""
    refuse_if({"signing_secret": signing_problems(secret)})
    lock(workspace.tenant)
    workspace.refresh_from_db()
    last = _signing_secret(workspace).reveal() if workspace.sealed_secret else ""
    workspace.secret_version += 1
    if last:
        place = _secret_place(workspace, "previous")
        workspace.previous_secret = sealed(last, place=place)
        workspace.previous_until = now + PREVIOUS_COUNTS
    workspace.sealed_secret = sealed(secret, place=_secret_place(workspace))
    workspace.save(
        update_fields=[
            "secret_version",
            "sealed_secret",
            "previous_secret",
            "previous_until",
        ]
    )
    _record_secret("signing secret", workspace, by=by, now=now)


@transaction.atomic
def pause_workspace(workspace: SlackWorkspace, *, by: User, now: datetime) -> bool:
    """Send nothing there and believe nothing from there.  False if it was so."""
    return _switch(workspace, suspended_at=now, by=by, now=now, word="paused")


@transaction.atomic
def resume_workspace(workspace: SlackWorkspace, *, by: User, now: datetime) -> bool:
    """Use it again.  False if it was so."""
    return _switch(workspace, suspended_at=None, by=by, now=now, word="resumed")


@transaction.atomic
def save_channel(channel: SlackChannel, *, by: User | None, now: datetime) -> Changes:
    """Say in which channel a group is asked, if in any.  Raises Refused."""
    refuse_if(channel_problems(channel))
    tenant = lock(channel.group.tenant)
    changes = differences(channel, CHANNEL)
    if changes:
        channel.save()
        _record("slack.changed", tenant, by=by, now=now, detail=changes.detail())
    return changes


def workspace_of(tenant: Tenant | int) -> SlackWorkspace | None:
    """Return the workspace that a tenant is asked in now, if any."""
    rows = SlackWorkspace.objects.filter(tenant=tenant, suspended_at=None)
    return rows.exclude(sealed_token="").select_related("tenant").first()


def token_of(workspace: SlackWorkspace) -> Secret:
    """Return the bot token.

    Raises WorkspaceAltered, or what opening a secret raises.
    """
    if not holds("slack", workspace.members(), workspace.seal):
        raise WorkspaceAltered
    return opened(workspace.sealed_token, place=_token_place(workspace))


def signing_secrets(workspace: SlackWorkspace, *, at: datetime) -> list[Secret]:
    """Return the secrets that a request may be signed with, the newest first.

    Raises WorkspaceAltered, or what opening a secret raises.
    """
    if not holds("slack", workspace.members(), workspace.seal):
        raise WorkspaceAltered
    if not workspace.sealed_secret:
        return []
    found = [_signing_secret(workspace)]
    until = workspace.previous_until
    if until is not None and until > at:
        place = _secret_place(workspace, "previous")
        found.append(opened(workspace.previous_secret, place=place))
    return found


def workspace_problems(workspace: SlackWorkspace) -> Problems:
    """Say which id is none of Slack's."""
    wrong = _("Copy the ID from Slack; it begins with %(letter)s.")
    ids = (
        ("app_id", _APP, "A"),
        ("team_id", _TEAM, "T"),
        ("enterprise_id", _ENTERPRISE, "E"),
    )
    return {
        name: [wrong % {"letter": letter}]
        for name, form, letter in ids
        if not form.fullmatch(getattr(workspace, name))
    }


def channel_problems(channel: SlackChannel) -> Problems:
    """Say whether the id is none of a channel."""
    if _CHANNEL.fullmatch(channel.channel_id):
        return {}
    return {"channel_id": [_("Copy the channel's ID, not its name; it begins with C.")]}


def token_problems(token: str) -> list[str]:
    """Say what is wrong with a bot token, without a word of it."""
    if _TOKEN.fullmatch(token) and len(token) in TOKEN_CHARACTERS:
        return []
    return [_("Copy the Bot User OAuth Token; it begins with xoxb-.")]


def signing_problems(secret: str) -> list[str]:
    """Say what is wrong with a signing secret, without a word of it."""
    if _SIGNING.fullmatch(secret):
        return []
    return [_("Copy the Signing Secret: 32 characters, 0 to 9 and a to f.")]


def _switch(
    workspace: SlackWorkspace,
    *,
    suspended_at: datetime | None,
    by: User,
    now: datetime,
    word: str,
) -> bool:
    lock(workspace.tenant)
    is_running = suspended_at is not None
    rows = SlackWorkspace.objects.filter(
        pk=workspace.pk, suspended_at__isnull=is_running
    )
    if not rows.update(suspended_at=suspended_at):
        return False
    detail = {"changes": [word]}
    _record("slack.changed", workspace.tenant, by=by, now=now, detail=detail)
    return True


def _signing_secret(workspace: SlackWorkspace) -> Secret:
    return opened(workspace.sealed_secret, place=_secret_place(workspace))


def _token_place(workspace: SlackWorkspace) -> Context:
    return _place(workspace, "token", workspace.token_version)


def _secret_place(workspace: SlackWorkspace, field: str = "secret") -> Context:
    return _place(workspace, field, workspace.secret_version)


def _place(workspace: SlackWorkspace, field: str, version: int) -> Context:
    # A name of a lane has no colon, so neither's secret opens in the other's place.
    tenant = workspace.tenant.slug
    return Context(tenant=tenant, lane="slack:", field=field, version=version)


def _record_secret(
    what: str, workspace: SlackWorkspace, *, by: User | None, now: datetime
) -> None:
    detail: dict[str, Fact] = {"changes": [f"the {what} was replaced"]}
    _record("slack.secret_replaced", workspace.tenant, by=by, now=now, detail=detail)


def _record(
    event: str,
    tenant: Tenant,
    *,
    by: User | None,
    now: datetime,
    detail: Mapping[str, Fact],
) -> None:
    record(event, now=now, tenant=tenant.slug, detail=detail, **author(by))
