"""Where a question goes: each person by her choice, and never to nobody.

Who muted questions is not asked, as long as somebody else is or the group has a
channel; without either the mute does not hold.  A question that cannot be brought by
one channel goes by the next one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from approvals import eligibility
from approvals.models import Approval, Delivery
from approvals.services.broadcasts import create
from approvals.services.bundles import hold_back
from approvals.services.preferences import preferences_of
from approvals.services.slack.copies import ASKED, ask_in_slack, has_channel
from approvals.services.ways import by_choice, move_to_slack
from governance.models import User

Channel = Delivery.Channel
State = Delivery.State


def ask(approval: Approval, people: Sequence[User], *, at: datetime) -> None:
    """Ask these people, each by her first channel, and the channels of the groups."""
    chosen = preferences_of(people)
    awake = [each for each in people if not chosen[each.pk].is_muted(at)]
    asked = awake if awake or has_channel(approval) else people
    rows = [_by_mail(approval, person, at=at) for person in _active(asked)]
    hold_back(rows, approval, chosen, at=at)
    create(by_choice(rows))
    ask_in_slack(approval, asked, at=at)


def ask_elsewhere(dead: Delivery, *, at: datetime) -> None:
    """Ask by the next channel; and if nothing else reaches anybody, all by mail.

    To be called once a delivery was given up.  The constraint ``delivery_once`` drops
    whom the same channel failed already, so this ends.
    """
    approval = dead.approval
    is_question = dead.event == ASKED and dead.channel != Channel.WEBHOOK
    if approval is None or not is_question:
        return
    if dead.recipient is not None:
        row = _by_mail(approval, dead.recipient, at=at)
        if dead.channel == Channel.SLACK or move_to_slack([row]):
            create([row])
    if not _reaches_somebody(approval):
        seated = eligibility.seated(approval, now=at)
        create([_by_mail(approval, person, at=at) for person in _active(seated)])


def _active(people: Iterable[User]) -> list[User]:
    distinct = {person.pk: person for person in people if person.is_active}
    return list(distinct.values())


def _by_mail(approval: Approval, person: User, *, at: datetime) -> Delivery:
    return Delivery(
        tenant=approval.tenant,
        event=ASKED,
        approval=approval,
        recipient=person,
        address=person.email,
        created_at=at,
        due_at=at,
    )


def _reaches_somebody(approval: Approval) -> bool:
    asked = Delivery.objects.filter(
        approval=approval, event=ASKED, channel__in=[Channel.EMAIL, Channel.SLACK]
    )
    return asked.exclude(state__in=[State.DEAD, State.CANCELLED]).exists()
