"""What one delivery says in Slack, and saying it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.core import signing
from django.utils import translation
from django.utils.translation import gettext as _

from approvals.channels.failures import SendFailed
from approvals.channels.slack import api, messages
from approvals.channels.slack.messages import Question
from approvals.clock import database_now
from approvals.models import Approval, Delivery, SlackLink, SlackWorkspace
from approvals.quick import obstacle
from approvals.services.counting import counting_votes
from approvals.services.links import make_link, page_url
from approvals.services.slack.accounts import link_of
from approvals.services.slack.copies import ASKED, VOTED, newest_update
from approvals.services.slack.links import CODE, new_code
from approvals.services.slack.personal import in_one_message, personal, several
from approvals.services.slack.workspaces import (
    WorkspaceAltered,
    token_of,
    workspace_of,
)
from governance.envelope import SealBroken, Secret
from governance.keys import KeyUnavailable
from governance.languages import language_of

_SALT: Final = "approvals.slack.copy"


def send_slack(delivery: Delivery, *, now: datetime) -> str:
    """Post or update one message; return its ``channel/ts``.  Raises SendFailed."""
    workspace = _workspace_for(delivery)
    token = opened_token(workspace)
    if "copy" in delivery.about:
        return _update(delivery, token, now=now)
    if "link" not in delivery.about:
        _insist_linked(delivery, workspace)
    with translation.override(language_of(delivery.recipient)):
        message = _message(delivery, token, now=now)
    return _post(delivery, message, token)


def send_slack_bundle(deliveries: Sequence[Delivery]) -> str:
    """Post one direct message about several questions; return its ``channel/ts``.

    Raises SendFailed.
    """
    first = deliveries[0]
    workspace = _workspace_for(first)
    for each in deliveries:
        _insist_linked(each, workspace)
    with translation.override(language_of(first.recipient)):
        message = several(deliveries)
    return _post(first, message, opened_token(workspace))


def _workspace_for(delivery: Delivery) -> SlackWorkspace:
    workspace = workspace_of(delivery.tenant_id)
    if workspace is None:
        raise SendFailed("no_workspace", is_permanent=True)
    return workspace


def _insist_linked(delivery: Delivery, workspace: SlackWorkspace) -> None:
    """Refuse a direct message to an account that is no longer its reader's."""
    if delivery.recipient is None:
        return
    link = link_of(delivery.recipient, workspace)
    if link is None or link.slack_user != delivery.address:
        raise SendFailed("link_ended", is_permanent=True)


def _post(delivery: Delivery, message: dict[str, Any], token: Secret) -> str:
    told = api.call(
        "chat.postMessage", {"channel": delivery.address, **message}, token=token
    )
    return f"{told.get('channel')}/{told.get('ts')}"


def opened_token(workspace: SlackWorkspace) -> Secret:
    """Return the bot token of a workspace.  Raises SendFailed."""
    try:
        return token_of(workspace)
    except WorkspaceAltered as error:
        raise SendFailed("altered", is_permanent=True) from error
    except (SealBroken, KeyUnavailable) as error:
        raise SendFailed("no_secret", is_permanent=True) from error


def copy_value(delivery: Delivery) -> str:
    """Return what a button of this copy carries: opaque, and ours alone to make."""
    return signing.Signer(salt=_SALT).sign(str(delivery.pk))


def copy_of(value: str) -> Delivery | None:
    """Return the copy that a button belongs to, with its approval; None if forged."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(value))
    except (signing.BadSignature, ValueError):
        return None
    copies = Delivery.objects.with_approval()
    return copies.filter(pk=number, channel=Delivery.Channel.SLACK, event=ASKED).first()


def offers_approval(approval: Approval) -> bool:
    """Whether a copy carries the button; the vote service checks it all again."""
    version = approval.route_version
    return not obstacle(
        approval,
        approve_in_slack=version.approve_in_slack,
        schema=version.arguments_schema,
    )


def _message(delivery: Delivery, token: Secret, *, now: datetime) -> dict[str, Any]:
    if "link" in delivery.about:
        return _personal(delivery, token)
    approval = delivery.approval
    if approval is None or (delivery.recipient and delivery.event != ASKED):
        return personal(delivery, now=now)
    if delivery.event != ASKED:
        url = page_url(approval.pk)
        return messages.notice(approval, event=delivery.event, url=url)
    return _question(delivery, approval, now=now)


def _question(copy: Delivery, approval: Approval, *, now: datetime) -> dict[str, Any]:
    is_personal = copy.recipient is not None
    votes = counting_votes(approval, now=database_now())
    return messages.question(
        Question(
            approval=approval,
            url=make_link(copy, now=now) if is_personal else page_url(approval.pk),
            value=copy_value(copy),
            offers_approval=offers_approval(approval),
            approvers=tuple(vote.person.username for vote in votes),
        )
    )


def _update(delivery: Delivery, token: Secret, *, now: datetime) -> str:
    """Show in a copy what is newest, whichever of its updates this is.

    Two of them may be under way at once, and the older one may arrive last; so each
    looks again, once it was sent, whether something newer is to be told.
    """
    copy = Delivery.objects.select_related("recipient").get(pk=delivery.about["copy"])
    channel, _slash, ts = copy.message_id.partition("/")
    if copy.state != Delivery.State.SENT:
        raise SendFailed("copy_not_sent_yet", is_permanent=False)
    told = None
    while (newest := newest_update(together := in_one_message(copy))) != told:
        with translation.override(language_of(copy.recipient)):
            message = (
                several(together)
                if len(together) > 1
                else _as_it_stands(copy, newest, now=now)
            )
        api.call("chat.update", {"channel": channel, "ts": ts, **message}, token=token)
        told = newest
    return copy.message_id


def _as_it_stands(copy: Delivery, update: Delivery, *, now: datetime) -> dict[str, Any]:
    approval = update.approval
    if approval is None:
        raise SendFailed("no_approval", is_permanent=True)
    if update.event == VOTED:
        return _question(copy, approval, now=now)
    return messages.ended(approval, outcome=update.event)


def _personal(delivery: Delivery, token: Secret) -> dict[str, Any]:
    link = SlackLink.objects.select_related("person").get(pk=delivery.about["link"])
    named = {"person": link.person.username}
    if delivery.event != CODE:
        told = _("You are linked: what you decide here is decided by %(person)s.")
        return messages.text_only(told % named)
    _insist_human(link, token)
    asked = _(
        "%(person)s of Sealwright says that this Slack account is hers or his. If that"
        " is you, type this code there within ten minutes: %(code)s. If it is not you,"
        " do nothing, and tell an admin."
    )
    return messages.text_only(asked % {**named, "code": new_code(link)})


def _insist_human(link: SlackLink, token: Secret) -> None:
    """Refuse bots, guests, leavers and people of other workspaces."""
    told = api.call("users.info", {"user": link.slack_user}, token=token)
    found = told.get("user")
    user: dict[str, Any] = found if isinstance(found, dict) else {}
    refused = ("is_bot", "deleted", "is_restricted", "is_ultra_restricted")
    is_stranger = user.get("team_id") != link.workspace.team_id
    if is_stranger or any(user.get(name) is not False for name in refused):
        SlackLink.objects.filter(pk=link.pk).update(error_code="not_a_member")
        raise SendFailed("not_a_member", is_permanent=True)
