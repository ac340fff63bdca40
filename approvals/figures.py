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

_UNREAD: Final = {"quick": 0, "reading": None}
YES: Final = ["approved", "executed", "revoked", "lapsed"]


class Median(Aggregate):
    """The middle of the values (percentile_cont)."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Figure:
    """The figures of one route, group, agent or person of a tenant.

    ``median`` is from the request to the decision, ``reading`` from the rendered page
    to the vote.
    """

    tenant: str
    name: str
    decided: int
    approved: int
    quick: int
    median: timedelta | None
    reading: timedelta | None = None
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
    votes = _votes(now).filter(approval__tenant__in=tenants)
    if person_id is not None:
        votes = votes.filter(person=person_id)
    requests = lately(now).filter(tenant__in=tenants)
    return _figures(requests, votes, by)


def all_figures(by: str, *, now: datetime) -> list[Figure]:
    """Return the figures of every tenant, the busiest first."""
    return _figures(lately(now), _votes(now), by)


def _figures(requests: Any, votes: Any, by: str) -> list[Figure]:
    if by == "person":
        return [_figure(row) for row in _by_person(votes)]
    read = _by_reading(votes, f"approval__{BY[by]}")
    return [
        _figure({**row, **read.get((row["of"], row["name"]), _UNREAD)})
        for row in _by(requests, BY[by])
    ]


def times(tenants: Collection[int], *, now: datetime) -> list[int]:
    """Return how many requests were decided within each of ``BUCKETS``, and later."""
    decided = _decided(lately(now).filter(tenant__in=tenants))
    ends = [timedelta(seconds=end) for end in BUCKETS]
    below = decided.aggregate(
        **{f"b{n}": Count("pk", filter=Q(took__lt=end)) for n, end in enumerate(ends)},
        all=Count("pk"),
    )
    sums = [*(below[f"b{n}"] for n in range(len(ends))), below["all"]]
    return [sums[0], *(b - a for a, b in itertools.pairwise(sums))]


def _quick() -> timedelta:
    return timedelta(seconds=QUICK_SECONDS)


def figure_of_route(tenant: int, tool: str, *, now: datetime) -> Figure | None:
    """Return the figures of one route; None if nobody asked for it."""
    votes = _votes(now).filter(approval__tenant=tenant, approval__tool=tool)
    requests = lately(now).filter(tenant=tenant, tool=tool)
    return next(iter(_figures(requests, votes, "route")), None)


def lately(now: datetime) -> Any:
    """Return the requests that figures are made of."""
    return Approval.objects.filter(created_at__gt=now - WINDOW)


def _decided(requests: Any) -> Any:
    took = ExpressionWrapper(F("decided_at") - F("created_at"), DurationField())
    return requests.filter(decided_at__isnull=False).annotate(took=took)


def _by(requests: Any, column: str) -> Iterable[dict[str, Any]]:
    took = ExpressionWrapper(F("decided_at") - F("created_at"), DurationField())
    rows = (
        requests.annotate(of=F("tenant__slug"), name=F(column))
        .values("of", "name")
        .annotate(
            decided=Count("pk", filter=Q(decided_at__isnull=False)),
            approved=Count("pk", filter=Q(state__in=YES)),
            median=Median(took, filter=Q(decided_at__isnull=False)),
            expired=Count("pk", filter=Q(state="expired")),
            repeats=Sum(F("asks") - 1),
        )
    )
    return rows.order_by("-decided", "of", "name")[:MOST]  # type: ignore[no-any-return]


def _by_reading(votes: Any, column: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return by tenant and name how long pages were read, and how many too quickly."""
    yes = Q(verdict=Vote.Verdict.APPROVE)
    rows = (
        votes.values_list("approval__tenant__slug", column)
        .order_by()
        .annotate(
            quick=Count("pk", filter=yes & Q(read__lt=_quick())),
            reading=Median(F("read")),
        )
    )
    return {
        (of, name): {"quick": quick, "reading": reading}
        for of, name, quick, reading in rows
    }


def _votes(now: datetime) -> Any:
    # A vote from a channel without a page has no time of rendering.
    rendered = Case(
        When(
            shown__at__regex=r"^\d{4}-",
            then=Cast(KeyTextTransform("at", "shown"), DateTimeField()),
        ),
        output_field=DateTimeField(null=True),
    )
    return Vote.objects.filter(at__gt=now - WINDOW).annotate(
        read=ExpressionWrapper(F("at") - rendered, DurationField()),
        took=ExpressionWrapper(F("at") - F("approval__created_at"), DurationField()),
    )


def _by_person(votes: Any) -> Iterable[dict[str, Any]]:
    yes = Q(verdict=Vote.Verdict.APPROVE)
    rows = (
        votes.annotate(of=F("approval__tenant__slug"), name=F("person__username"))
        .values("of", "name")
        .annotate(
            decided=Count("pk"),
            approved=Count("pk", filter=yes),
            quick=Count("pk", filter=yes & Q(read__lt=_quick())),
            median=Median(F("took")),
            reading=Median(F("read")),
        )
    )
    return rows.order_by("-decided", "of", "name")[:MOST]  # type: ignore[no-any-return]


def _figure(row: dict[str, Any]) -> Figure:
    tenant, repeats = row.pop("of"), row.pop("repeats", None) or 0
    return Figure(tenant=tenant, repeats=repeats, **row)
