"""Calls and refusals over time, the slowest routes and the most refused ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, DurationField, ExpressionWrapper, F
from django.db.models.functions import TruncHour

from approvals.figures import Median
from audit.models import Record
from audit.patience import patiently
from proxy.models import Call

HOURS: Final = 24
ROUTES: Final = 5
Hourly = list[tuple[datetime, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Activity:
    """The last day of some tenants."""

    hourly: Hourly
    slowest: list[tuple[str, timedelta]]
    refused: list[tuple[str, int]]


def activity(
    tenants: Collection[int], slugs: Collection[str], *, now: datetime
) -> Activity | None:
    """Count the last day; None where there is too much of it to count here.

    ``/metrics`` has the numbers then.
    """
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    return patiently(
        lambda: Activity(
            _hourly(slugs, since), _slowest(tenants, since), _refused(slugs, since)
        )
    )


def _hourly(slugs: Collection[str], since: datetime) -> Hourly:
    counted = (
        _records(slugs, since)
        .filter(event__in=["call.allowed", "call.denied"])
        .annotate(hour=TruncHour("at"))
        .values_list("hour", "event")
        .annotate(Count("pk"))
    )
    known = {(hour, event): count for hour, event, count in counted}
    hours = (since + timedelta(hours=n) for n in range(HOURS))
    return [
        (
            hour,
            {
                "allowed": known.get((hour, "call.allowed"), 0),
                "refused": known.get((hour, "call.denied"), 0),
            },
        )
        for hour in hours
    ]


def _slowest(tenants: Collection[int], since: datetime) -> list[tuple[str, timedelta]]:
    took = ExpressionWrapper(F("finished_at") - F("sent_at"), DurationField())
    calls = Call.objects.filter(
        tenant__in=tenants, created_at__gte=since, finished_at__gte=F("sent_at")
    )
    rows = calls.values_list("tool").annotate(median=Median(took)).order_by("-median")
    return list(rows[:ROUTES])


def _refused(slugs: Collection[str], since: datetime) -> list[tuple[str, int]]:
    denied = _records(slugs, since).filter(event="call.denied", tool__isnull=False)
    rows = denied.values_list("tool").annotate(count=Count("pk")).order_by("-count")
    return [(tool or "", count) for tool, count in rows[:ROUTES]]


def _records(slugs: Collection[str], since: datetime) -> Any:
    return Record.objects.filter(tenant__in=slugs, at__gte=since).order_by()
