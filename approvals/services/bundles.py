"""Many questions to one person within minutes: the rest of them in one message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from django.db.models import Count, Max, Q

from approvals.models import Approval, Delivery, Preference
from governance.decision import Risk

MOST: Final = 6
WITHIN: Final = timedelta(minutes=10)
# A bundle may use up this part of the time to decide, and no more.
SHARE: Final = 4


@dataclass(frozen=True, slots=True)
class Pace:
    """So many questions come alone within this time; the rest are held back."""

    most: int = MOST
    within: timedelta = WITHIN

    @classmethod
    def of(cls, chosen: Preference) -> Self:
        """Return the pace that a person chose: one message in so many minutes."""
        if not chosen.bundle_minutes:
            return cls()
        return cls(1, timedelta(minutes=chosen.bundle_minutes))


def hold_back(
    questions: Sequence[Delivery],
    approval: Approval,
    chosen: Mapping[int, Preference],
    *,
    at: datetime,
) -> None:
    """Hold back these new rows for people who were asked often enough just now.

    What is privileged always goes alone, at once.
    """
    if approval.risk == Risk.PRIVILEGED:
        return
    longest = (approval.decide_by - at) / SHARE
    paces: dict[Pace, dict[int, Delivery]] = {}
    for row in questions:
        pace = Pace.of(chosen[row.reader.pk])
        paces.setdefault(pace, {})[row.reader.pk] = row
    for pace, rows in paces.items():
        for person, asked, until in _lately(rows, at=at, within=pace.within):
            if asked >= pace.most:
                rows[person].bundled = True
                rows[person].due_at = min(until or at + pace.within, at + longest)


def _lately(
    people: Iterable[int], *, at: datetime, within: timedelta
) -> Iterable[tuple[int, int, datetime | None]]:
    """Return how often each of these was asked, and when their next bundle goes."""
    waiting = Q(bundled=True, state=Delivery.State.QUEUED)
    # What was held back counts from when it was sent, too.
    recent = Q(created_at__gt=at - within) | Q(sent_at__gt=at - within)
    return (
        Delivery.objects.filter(
            recent,
            event="requested",
            recipient__in=list(people),
            created_at__gt=at - 2 * within,
        )
        .order_by()
        .values_list("recipient")
        .annotate(
            asked=Count("approval", distinct=True),
            until=Max("due_at", filter=waiting),
        )
    )
