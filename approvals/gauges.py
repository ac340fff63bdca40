"""What waits for people, and what waits to reach them, read from the rows."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError
from django.db.models import Count, Min
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from approvals.figures import Figure, all_figures
from approvals.models import Approval, Delivery

log = logging.getLogger(__name__)

# The figures read 30 days of rows, and a scrape may come every few seconds.
REMEMBERED_SECONDS: Final = 60.0

# No product of labels: each family has a series for each of the busiest fifty routes,
# agents and approvers, and no more.
PER: Final[Mapping[str, str]] = {
    "route": "route",
    "agent": "agent",
    "person": "approver",
}
_OF_DECIDING: Final[Mapping[str, tuple[str, Callable[[Figure], float | None]]]] = {
    "decided": ("Requests that were decided.", lambda figure: figure.decided),
    "approved": ("Decisions that were a yes.", lambda figure: figure.approved),
    "quick": ("Yeses within three seconds.", lambda figure: figure.quick),
    "expired": ("Requests that nobody decided.", lambda figure: figure.expired),
    "repeats": ("Repeated asks.", lambda figure: figure.repeats),
    "median_seconds": (
        "Median from the request to the decision.",
        lambda figure: _seconds(figure.median),
    ),
    "reading_median_seconds": (
        "Median from rendering the page to the vote.",
        lambda figure: _seconds(figure.reading),
    ),
}


def gauges(*, now: datetime) -> Iterator[Metric]:
    """Yield the pending approvals, the lag of the outbox, and how people decide."""
    yield GaugeMetricFamily(
        "sealwright_approvals_pending",
        "Approvals that wait for a person.",
        value=Approval.objects.pending().count(),
    )
    dead = Delivery.objects.filter(state=Delivery.State.DEAD)
    given_up = GaugeMetricFamily(
        "sealwright_deliveries_dead",
        "Notifications that were given up and wait to be sent again.",
        labels=["channel"],
    )
    counts = dead.order_by().values_list("channel").annotate(count=Count("pk"))
    for channel, count in counts:
        given_up.add_metric([channel], count)
    yield given_up
    due = Delivery.objects.filter(state__in=["queued", "sending"], due_at__lte=now)
    oldest = due.aggregate(at=Min("due_at"))["at"]
    yield GaugeMetricFamily(
        "sealwright_delivery_lag_seconds",
        "How long the oldest due notification has waited; 0 if there is none.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
    yield from DECIDING.families(now=now)


@dataclass(frozen=True, slots=True)
class _Read:
    families: tuple[Metric, ...]
    at: float


class Deciding:
    """How people decide, read by one thread at a time and at most once a minute.

    What can't be read costs its own series alone, and is not asked again sooner.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: _Read | None = None

    def families(self, *, now: datetime) -> tuple[Metric, ...]:
        """Return the families, none of them older than a minute."""
        with self._lock:
            last, at = self._last, self._clock()
            if last is None or at - last.at >= REMEMBERED_SECONDS:
                last = self._last = _Read(_read(now=now), at)
            return last.families

    def forget(self) -> None:
        """Read the rows anew at the next scrape (tests)."""
        self._last = None


DECIDING: Final = Deciding()


def _read(*, now: datetime) -> tuple[Metric, ...]:
    try:
        return tuple(_deciding(now=now))
    except DatabaseError:
        log.exception("the figures of deciding can't be read, so /metrics lacks them")
        return ()


def _deciding(*, now: datetime) -> Iterator[Metric]:
    """Yield the figures of the last 30 days, by route, by agent and by approver."""
    found = [
        ([per, figure.tenant, figure.name], figure)
        for by, per in PER.items()
        for figure in all_figures(by, now=now)
    ]
    for name, (told, read) in _OF_DECIDING.items():
        family = GaugeMetricFamily(
            f"sealwright_deciding_{name}",
            f"{told} The last 30 days.",
            labels=["per", "tenant", "name"],
        )
        for labels, figure in found:
            value = read(figure)
            if value is not None:
                family.add_metric(labels, value)
        yield family


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
