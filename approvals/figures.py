"""How people decide: how fast, how often yes, and how often too fast to have read."""

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Aggregate,
    Case,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    Sum,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from approvals.models import Approval, Vote
from approvals.models.approval import QUICK_SECONDS

WINDOW: Final = timedelta(days=30)
MOST: Final = 50  # rows of a table
# A route that is nearly always approved asks for nothing that people weigh.
ALWAYS_SHARE: Final = 0.98
ALWAYS_OF: Final = 20

BY: Final = {
    "route": "tool",
    "group": "group__name",
    "agent": "agent__name",
    "person": "person__username",
}
# Upper ends of the bars of "time to decide", in seconds; one more is for the rest.
BUCKETS: Final = (10, 60, 300, 900, 3600, 14_400)

_YES: Final = ["approved", "executed", "revoked", "lapsed"]


class Median(Aggregate):
    """The middle of the values (percentile_cont)."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Figure:
    """The figures of one route, group, agent or person."""

    name: str
    decided: int
    approved: int
    quick: int
    median: timedelta | None
    expired: int = 0
    repeats: int = 0

    @property
    def share(self) -> float:
        """The share that was approved."""
        return self.approved / self.decided if self.decided else 0.0

    @property
    def quick_share(self) -> float:
        """The share of the yeses that came too fast to have read."""
        return self.quick / self.approved if self.approved else 0.0

    @property
    def is_always_approved(self) -> bool:
        """Whether a no is so rare that asking may be for nothing."""
        return self.decided >= ALWAYS_OF and self.share >= ALWAYS_SHARE


def figures(
    tenants: Collection[int], by: str, *, now: datetime, person_id: int | None = None
) -> list[Figure]:
    """Return figures of the last 30 days, the busiest first.

    ``by`` is a key of ``BY``; with ``person_id`` only that person's votes count.
    """
    votes = _votes(tenants, now=now, person_id=person_id)
    if by == "person":
        return [_figure(row) for row in _by_person(votes)]
    requests = Approval.objects.filter(tenant__in=tenants, created_at__gt=now - WINDOW)
    quick = dict(
        votes.filter(verdict=Vote.Verdict.APPROVE, read__lt=_quick())
        .values_list(f"approval__{BY[by]}")
        .annotate(Count("pk"))
    )
    rows = _by(requests, BY[by])
    return [_figure({**row, "quick": quick.get(row["name"], 0)}) for row in rows]


def times(tenants: Collection[int], *, now: datetime) -> list[int]:
    """Return how many requests were decided within each of ``BUCKETS``, and later."""
    decided = _decided(
        Approval.objects.filter(tenant__in=tenants, created_at__gt=now - WINDOW)
    )
    ends = [timedelta(seconds=end) for end in BUCKETS]
    below = decided.aggregate(
        **{f"b{n}": Count("pk", filter=Q(took__lt=end)) for n, end in enumerate(ends)},
        all=Count("pk"),
    )
    sums = [*(below[f"b{n}"] for n in range(len(ends))), below["all"]]
    return [sums[0], *(b - a for a, b in itertools.pairwise(sums))]


def _quick() -> timedelta:
    return timedelta(seconds=QUICK_SECONDS)


def _decided(requests: Any) -> Any:
    took = ExpressionWrapper(F("decided_at") - F("created_at"), DurationField())
    return requests.filter(decided_at__isnull=False).annotate(took=took)


def _by(requests: Any, column: str) -> Iterable[dict[str, Any]]:
    took = ExpressionWrapper(F("decided_at") - F("created_at"), DurationField())
    rows = (
        requests.annotate(name=F(column))
        .values("name")
        .annotate(
            decided=Count("pk", filter=Q(decided_at__isnull=False)),
            approved=Count("pk", filter=Q(state__in=_YES)),
            median=Median(took, filter=Q(decided_at__isnull=False)),
            expired=Count("pk", filter=Q(state="expired")),
            repeats=Sum(F("asks") - 1),
        )
    )
    return rows.order_by("-decided", "name")[:MOST]  # type: ignore[no-any-return]


def _votes(tenants: Collection[int], *, now: datetime, person_id: int | None) -> Any:
    # A vote from a channel without a page has no time of rendering.
    rendered = Case(
        When(
            shown__at__regex=r"^\d{4}-",
            then=Cast(KeyTextTransform("at", "shown"), DateTimeField()),
        ),
        output_field=DateTimeField(null=True),
    )
    votes = Vote.objects.filter(approval__tenant__in=tenants, at__gt=now - WINDOW)
    if person_id is not None:
        votes = votes.filter(person=person_id)
    return votes.annotate(
        read=ExpressionWrapper(F("at") - rendered, DurationField()),
        took=ExpressionWrapper(F("at") - F("approval__created_at"), DurationField()),
    )


def _by_person(votes: Any) -> Iterable[dict[str, Any]]:
    yes = Q(verdict=Vote.Verdict.APPROVE)
    rows = (
        votes.annotate(name=F("person__username"))
        .values("name")
        .annotate(
            decided=Count("pk"),
            approved=Count("pk", filter=yes),
            quick=Count("pk", filter=yes & Q(read__lt=_quick())),
            median=Median(F("took")),
        )
    )
    return rows.order_by("-decided", "name")[:MOST]  # type: ignore[no-any-return]


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(**{**row, "repeats": row.get("repeats") or 0})
