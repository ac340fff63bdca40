"""How far the sealing of evidence lags, read from the rows."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from audit.models import Record, Unsealed


def gauges(*, now: datetime) -> Iterator[Metric]:
    """Yield the age of the oldest record that waits to be sealed."""
    # Ids sort by time, so the first of the key's index is the oldest.
    oldest = Unsealed.objects.order_by("pk").values_list("pk", flat=True)[:1]
    at = Record.objects.filter(pk__in=list(oldest)).values_list("at", flat=True).first()
    yield GaugeMetricFamily(
        "sealwright_audit_unsealed_age_seconds",
        "Age of the oldest record that is not sealed yet; 0 if there is none.",
        value=max(0.0, (now - at).total_seconds()) if at else 0,
    )
