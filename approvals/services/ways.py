"""By what a person is told: as she chose for that kind of event, else by mail.

What concerns her own sign-in always goes by mail, and is not asked about here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from approvals.models import Delivery, SlackLink, Way
from approvals.services.broadcasts import create
from approvals.services.preferences import preferences_of
from approvals.services.slack.accounts import links_of
from approvals.services.slack.workspaces import workspace_of

# The field of a preference that decides about an event.
TOPICS: Final[Mapping[str, str]] = {
    "requested": "questions",
    "reminder": "reminders",
    **dict.fromkeys(
        ("approved", "denied", "expired", "cancelled", "superseded"), "endings"
    ),
    **dict.fromkeys(("revoked", "lapsed"), "endings"),
    **dict.fromkeys(("executed", "failed"), "runs"),
    **dict.fromkeys(("outcome_unknown", "unsatisfiable", "session_rests"), "alerts"),
    **dict.fromkeys(("route_drifted", "dead_letter"), "alerts"),
    **dict.fromkeys(("group_changed", "rule_changed", "weakened"), "alerts"),
}
VOTED_RUNS: Final = "voted_runs"


def by_choice(rows: Iterable[Delivery], *, topic: str = "") -> list[Delivery]:
    """Have each of these mails go by what its reader chose, or not at all.

    ``topic`` is a field of her preference; else the event says which.
    """
    rows = list(rows)
    chosen = preferences_of(row.reader for row in rows)
    kept: list[Delivery] = []
    to_slack: list[Delivery] = []
    for row in rows:
        name = topic or TOPICS.get(row.event, "")
        way = getattr(chosen[row.reader.pk], name) if name else Way.EMAIL
        if way == Way.SLACK:
            to_slack.append(row)
        if way != Way.NOTHING:
            kept.append(row)
    move_to_slack(to_slack)
    return kept


def by_every_channel(rows: Iterable[Delivery]) -> list[Delivery]:
    """Return these mails, and the same in Slack for whoever has linked an account."""
    mails = list(rows)
    return [*mails, *move_to_slack([_copied(row) for row in mails])]


def move_to_slack(rows: Iterable[Delivery]) -> list[Delivery]:
    """Have mails of one tenant go to linked accounts; return those that do."""
    rows = list(rows)
    links = _links(rows)
    moved = [row for row in rows if row.reader.pk in links]
    for row in moved:
        row.channel = Delivery.Channel.SLACK
        row.address = links[row.reader.pk].slack_user
    return moved


def tell_by_mail(dead: Delivery, *, at: datetime) -> None:
    """Tell by mail what Slack did not take; a question has a way of its own."""
    in_vain = dead.channel == Delivery.Channel.SLACK and dead.recipient is not None
    if in_vain and "link" not in dead.about:
        row = _copied(dead)
        row.channel, row.address = Delivery.Channel.EMAIL, dead.reader.email
        row.created_at = row.due_at = at
        create([row])


def _links(rows: list[Delivery]) -> Mapping[int, SlackLink]:
    workspace = workspace_of(rows[0].tenant_id) if rows else None
    if workspace is None:
        return {}
    return links_of([row.reader for row in rows], workspace)


def _copied(row: Delivery) -> Delivery:
    return Delivery(
        tenant=row.tenant,
        event=row.event,
        approval=row.approval,
        recipient=row.recipient,
        address=row.address,
        call_id=row.call_id,
        about=dict(row.about),
        created_at=row.created_at,
        due_at=row.due_at,
    )
