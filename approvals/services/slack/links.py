"""Whose Slack user is whose: shown by a code that only that Slack user can read.

An e-mail address is never an identity here: whoever administers the workspace could
give herself one.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from approvals.clock import database_now
from approvals.models import Delivery, SlackLink, SlackWorkspace
from approvals.services.notices import tell_linked
from approvals.services.slack.workspaces import workspace_of
from audit.mac import hmac_sha256
from audit.services import record
from governance.keys import seal_key
from governance.models import Membership, User
from governance.nudges import nudge
from governance.refusals import Refused
from governance.refusals.refused import GENERAL
from governance.seals import seal
from governance.services.evidence import author

CODE: Final = "slack_code"
LINKED: Final = "slack_linked"
CODE_LASTS: Final = timedelta(minutes=10)
MAX_TRIES: Final = 5
MAX_CODES: Final = 5  # an hour: nobody shall be rung by strangers' codes
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CHARACTERS: Final = 6


def workspaces_for(person: User, *, at: datetime) -> list[SlackWorkspace]:
    """Return the workspaces of a person's tenants."""
    held = Membership.objects.valid(at).filter(user=person)
    tenants = held.values_list("tenant_id", flat=True).distinct()
    found = (workspace_of(tenant) for tenant in tenants)
    return [workspace for workspace in found if workspace is not None]


@transaction.atomic
def begin_link(
    workspace: SlackWorkspace, slack_user: str, *, by: User, now: datetime
) -> SlackLink:
    """Have a code sent to a Slack user; whoever can read it may type it in.

    The view has checked that she signed in just now.  Raises Refused.
    """
    _insist_few(by, now)
    SlackLink.objects.filter(person=by, linked_at=None, ended_at=None).update(
        ended_at=now
    )
    link = SlackLink.objects.create(
        workspace=workspace,
        person=by,
        slack_user=slack_user,
        created_at=now,
        expires_at=now + CODE_LASTS,
    )
    tell_slack_user(link, CODE, at=now)
    return link


def new_code(link: SlackLink) -> str:
    """Return a fresh code, made as it is sent; its HMAC alone is kept."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS))
    SlackLink.objects.filter(pk=link.pk).update(code_mac=_mac(link, code))
    return code


def confirm_link(link_id: int, code: str, *, by: User, now: datetime) -> SlackLink:
    """Link the accounts if the code is the one that was sent.  Raises Refused."""
    # The try is counted in a commit of its own, whatever comes of it.
    tried = SlackLink.objects.filter(
        pk=link_id,
        person=by,
        linked_at=None,
        ended_at=None,
        expires_at__gt=database_now(),
        tries__lt=MAX_TRIES,
    )
    if not _count_try(tried):
        raise Refused({GENERAL: [_("This code is over. Ask for another one.")]})
    link = SlackLink.objects.select_related("workspace__tenant", "person").get(
        pk=link_id
    )
    typed = _mac(link, code.strip().upper().replace("-", ""))
    if not hmac.compare_digest(typed, bytes(link.code_mac)):
        raise Refused({"code": [_("This is not the code.")]})
    return _link(link, now=now)


@transaction.atomic
def end_link(link: SlackLink, *, by: User | None, now: datetime) -> bool:
    """End a link; the person herself may, and an admin.  False if it was over.

    It ends with her account, too.
    """
    rows = SlackLink.objects.filter(pk=link.pk, ended_at=None)
    if not rows.update(ended_at=now):
        return False
    _record("slack.unlinked", link, by=by, now=now)
    if link.linked_at is not None:
        tell_linked(link.workspace.tenant, link.person, event="slack_unlinked", at=now)
    return True


def tell_slack_user(link: SlackLink, event: str, *, at: datetime) -> None:
    """Queue a direct message to the Slack user of a link."""
    Delivery.objects.create(
        tenant=link.workspace.tenant,
        event=event,
        about={"link": link.pk},
        channel=Delivery.Channel.SLACK,
        recipient=link.person,
        address=link.slack_user,
        created_at=at,
        due_at=at,
    )
    nudge("approvals.sweep_deliveries")


def _insist_few(person: User, now: datetime) -> None:
    lately = SlackLink.objects.filter(
        person=person, created_at__gt=now - timedelta(hours=1)
    )
    if lately.count() >= MAX_CODES:
        raise Refused({GENERAL: [_("That is enough codes for now. Try in an hour.")]})


def _count_try(tried: models.QuerySet[SlackLink]) -> bool:
    return tried.update(tries=models.F("tries") + 1) == 1


def _link(link: SlackLink, *, now: datetime) -> SlackLink:
    try:
        with transaction.atomic():
            SlackLink.objects.live().filter(
                person=link.person, workspace=link.workspace
            ).update(ended_at=now)
            link.linked_at = now
            link.seal = seal("slack_link", link.members())
            link.save(update_fields=["linked_at", "seal"])
            _record("slack.linked", link, by=link.person, now=now)
            tell_linked(link.workspace.tenant, link.person, event=LINKED, at=now)
            tell_slack_user(link, LINKED, at=now)
    except IntegrityError as error:
        taken = _("This Slack user is linked to somebody else. An admin can end that.")
        raise Refused({GENERAL: [taken]}) from error
    return link


def _mac(link: SlackLink, code: str) -> bytes:
    # The team, too: a code that was read elsewhere links nobody here.
    said = f"sealwright/slack/{link.workspace.team_id}/{link.pk}/{code}"
    return hmac_sha256(seal_key(), said.encode())


def _record(event: str, link: SlackLink, *, by: User | None, now: datetime) -> None:
    record(
        event,
        now=now,
        tenant=link.workspace.tenant.slug,
        detail={"workspace": link.workspace.team_id, "slack_user": link.slack_user},
        **author(by),
    )
