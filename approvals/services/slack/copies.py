"""Questions put to channels: one a request and group, kept up to date afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from approvals.models import Approval, Delivery, SlackChannel, SlackWorkspace
from approvals.services.broadcasts import create
from approvals.services.slack.accounts import link_of
from approvals.services.slack.workspaces import workspace_of
from governance.models import User

ASKED: Final = "requested"
VOTED: Final = "voted"  # and more votes are needed

Channel = Delivery.Channel
State = Delivery.State


def ask_in_slack(approval: Approval, people: Sequence[User], *, at: datetime) -> None:
    """Ask in the channel of each group; and the one person who is left directly."""
    workspace = workspace_of(approval.tenant_id)
    if workspace is None:
        return
    rows = [_row(approval, ASKED, channel, at=at) for channel in _channels_of(approval)]
    if len(people) == 1:
        rows += _to_the_last(approval, people[0], workspace, at=at)
    create(rows)


def has_channel(approval: Approval) -> bool:
    """Whether a group of a request is asked in a channel."""
    return workspace_of(approval.tenant_id) is not None and bool(_channels_of(approval))


def warn_in_slack(approval: Approval, event: str, *, at: datetime) -> None:
    """Tell the channels of something that everybody has to know of."""
    if workspace_of(approval.tenant_id) is None:
        return
    create(
        [_row(approval, event, channel, at=at) for channel in _channels_of(approval)]
    )


def update_copies(
    approval: Approval, event: str, *, at: datetime, call_id: str = ""
) -> None:
    """Bring every copy of a question up to date, wherever it was decided.

    One that is only being sent counts, too: its update waits for it.
    """
    copies = Delivery.objects.filter(
        approval=approval, channel=Channel.SLACK, event=ASKED
    ).exclude(state__in=[State.CANCELLED, State.DEAD])
    rows = []
    for copy in copies:
        row = _row(approval, event, copy.address, at=at)
        row.about, row.call_id = {"copy": copy.pk}, call_id
        rows.append(row)
    create(rows)


def newest_update(copies: Sequence[Delivery]) -> Delivery:
    """Return what is to be told last in a message with these copies."""
    updates = Delivery.objects.with_approval().filter(
        approval__in=[copy.approval_id for copy in copies],
        channel=Channel.SLACK,
        about__copy__in=[copy.pk for copy in copies],
    )
    return updates.latest("pk")


def _to_the_last(
    approval: Approval, person: User, workspace: SlackWorkspace, *, at: datetime
) -> list[Delivery]:
    link = link_of(person, workspace)
    if link is None:
        return []
    row = _row(approval, ASKED, link.slack_user, at=at)
    row.recipient = person
    return [row]


def _channels_of(approval: Approval) -> list[str]:
    groups = [approval.group_id, approval.fallback_group_id]
    found = SlackChannel.objects.filter(group__in=groups).exclude(channel_id="")
    return sorted(set(found.values_list("channel_id", flat=True)))


def _row(approval: Approval, event: str, address: str, *, at: datetime) -> Delivery:
    return Delivery(
        tenant=approval.tenant,
        event=event,
        approval=approval,
        channel=Channel.SLACK,
        address=address,
        created_at=at,
        due_at=at,
    )
