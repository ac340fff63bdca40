"""Many questions to one person within minutes: the rest of them in one message."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q

from approvals.models import Approval, Delivery
from governance.decision import Risk

MOST: Final = 6
WITHIN: Final = timedelta(minutes=10)
# A bundle may use up this part of the time to decide, and no more.
SHARE: Final = 4


def hold_back(
    questions: Sequence[Delivery], approval: Approval, *, at: datetime
) -> None:
    """Hold back these new rows for people who were asked often enough just now.

    What is privileged always goes alone, at once.
    """
    if approval.risk == Risk.PRIVILEGED:
        return
    longest = (approval.decide_by - at) / SHARE
    people = {row.recipient_id: row for row in questions}
    for person, asked, until in _lately(people, at=at):
        if asked >= MOST:
            row = people[person]
            row.bundled = True
            row.due_at = min(until or at + WITHIN, at + longest)


def _lately(
    people: Iterable[int | None], *, at: datetime
) -> Iterable[tuple[int, int, datetime | None]]:
    """Return how often each of these was asked, and when their next bundle goes."""
    waiting = Q(bundled=True, state=Delivery.State.QUEUED)
    return (
        Delivery.objects.filter(
            event="requested",
            channel=Delivery.Channel.EMAIL,
            recipient__in=people,
            created_at__gt=at - WITHIN,
        )
        .order_by()
        .values_list("recipient")
        .annotate(asked=Count("pk"), until=Max("due_at", filter=waiting))
    )
