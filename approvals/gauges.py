"""What waits for people, and what waits to reach them, read from the rows."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from approvals.models import Approval, Delivery


def gauges(*, now: datetime) -> Iterator[Metric]:
    """Yield the pending approvals and the lag of the outbox."""
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
