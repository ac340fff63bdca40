"""Calls that wait for a worker, read from the rows."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Min
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from proxy.models import Call


def gauges(*, now: datetime) -> Iterator[Metric]:
    """Yield the lag of the deferred queue."""
    queued = Call.objects.filter(state=Call.State.QUEUED, mode=Call.Mode.DEFERRED)
    oldest = queued.aggregate(at=Min("created_at"))["at"]
    yield GaugeMetricFamily(
        "sealwright_deferred_lag_seconds",
        "How long the oldest deferred call has waited for a worker; 0 if none waits.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
