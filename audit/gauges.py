"""How far the sealing of evidence lags, read from the rows."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from audit.models import AnchorReceipt, Checkpoint
from audit.sealing import unsealed_age


def gauges(*, now: datetime) -> Iterator[Metric]:
    """Yield how old what waits is, how much is sealed, and how much is anchored."""
    yield GaugeMetricFamily(
        "sealwright_audit_unsealed_age_seconds",
        "Age of the oldest record that is not sealed yet; 0 if there is none.",
        value=unsealed_age(now=now).total_seconds(),
    )
    newest = Checkpoint.objects.newest()
    yield GaugeMetricFamily(
        "sealwright_audit_log_size",
        "Records that are sealed.",
        value=newest.size if newest else 0,
    )
    anchored = AnchorReceipt.objects.aggregate(size=Max("size"))["size"]
    yield GaugeMetricFamily(
        "sealwright_audit_anchored_size",
        "Records that the newest checkpoint outside of the database covers.",
        value=anchored or 0,
    )
