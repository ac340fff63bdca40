"""Records over time: how many of each outcome, the commonest reasons and tools."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import connection

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


# Once through the records, into few groups; the three pictures are made of these.  The
# two texts say which of them a row is of, since a column that is not grouped by reads
# NULL.  Every unit has one length in UTC, and ``date_bin`` needs no calendar.
_COUNTED: Final = """
    SELECT CASE grouping(stretch, reason, tool)
             WHEN 3 THEN 'over_time' WHEN 5 THEN 'reason' ELSE 'tool' END,
           stretch, outcome, coalesce(reason, tool), sum(records)::bigint
    FROM (SELECT date_bin(%s::interval, at, '2000-01-01 00:00:00+00') AS stretch,
                 outcome, reason, tool, count(*) AS records
          FROM ({records}) record GROUP BY 1, 2, 3, 4) counted
    GROUP BY GROUPING SETS ((stretch, outcome), (reason), (tool))
"""
_Row = tuple[str, datetime, str, str | None, int]


def activity(filters: Filters, window: Window, *, scope: AuditScope) -> Activity | None:
    """Count the records of a window; None where there is too much to count in time."""
    within = replace(filters, since=window.since, until=window.until)
    records = within.records(scope).order_by()
    rows = patiently(lambda: _counted(records, window))
    if rows is None:
        return None
    return Activity(
        _over_time(rows, window), _commonest(rows, "reason"), _commonest(rows, "tool")
    )


def _counted(records: RecordQuerySet, window: Window) -> list[_Row]:
    chosen = records.values("at", "outcome", "reason", "tool")
    statement, parameters = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTED.format(records=statement), [f"1 {window.unit}", *parameters]
        )
        rows: list[_Row] = cursor.fetchall()
    return rows


def _over_time(rows: Sequence[_Row], window: Window) -> list[tuple[datetime, Counts]]:
    known = {
        (at, outcome): n for what, at, outcome, _, n in rows if what == "over_time"
    }
    return [
        (begins, {outcome: known.get((begins, outcome), 0) for outcome in OUTCOMES})
        for begins in window.stretches()
    ]


def _commonest(rows: Sequence[_Row], column: str) -> Ranking:
    named = [(name, n) for what, *_, name, n in rows if what == column and name]
    return sorted(named, key=lambda each: (-each[1], each[0]))[:TOP]
