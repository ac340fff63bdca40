"""Records over time: how many of each outcome, the commonest reasons and tools."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from django.db.models import Count
from django.db.models.functions import Trunc

from audit.access import AuditScope
from audit.filters import Filters
from audit.models import RecordQuerySet
from audit.patience import patiently
from audit.stretches import Window

# Stacked in this order, from below.
OUTCOMES: Final = ("allowed", "done", "asked", "unknown", "failed", "denied")
TOP: Final = 8

Counts = dict[str, int]
Ranking = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Activity:
    """What the filters let through in one window."""

    over_time: Sequence[tuple[datetime, Counts]]
    reasons: Ranking
    tools: Ranking


def activity(filters: Filters, window: Window, *, scope: AuditScope) -> Activity | None:
    """Count the records of a window; None where there is too much to count in time."""
    within = replace(filters, since=window.since, until=window.until)
    records = within.records(scope).order_by()
    return patiently(
        lambda: Activity(
            _over_time(records, window),
            _commonest(records, "reason"),
            _commonest(records, "tool"),
        )
    )


def _over_time(
    records: RecordQuerySet, window: Window
) -> list[tuple[datetime, Counts]]:
    stretch = Trunc("at", window.unit, tzinfo=UTC)
    rows = records.annotate(stretch=stretch).values_list("stretch", "outcome")
    known = {(at, outcome): n for at, outcome, n in rows.annotate(n=Count("pk"))}
    return [
        (begins, {outcome: known.get((begins, outcome), 0) for outcome in OUTCOMES})
        for begins in window.stretches()
    ]


def _commonest(records: RecordQuerySet, column: str) -> Ranking:
    named = records.filter(**{f"{column}__isnull": False}).values_list(column)
    return list(named.annotate(n=Count("pk")).order_by("-n", column)[:TOP])
