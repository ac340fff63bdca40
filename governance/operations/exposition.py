"""The text of ``/metrics``: what the processes counted, and what the rows say.

With ``PROMETHEUS_MULTIPROC_DIR`` every process of this machine counts into files of one
folder, and whichever answers adds them up; without it a process tells its own counts.
Gauges that hold for the installation (what is pending, how old the queue is) are read
from the database at each scrape, so they are right whichever process answers.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

# Called with the time; the setting GAUGES names one of every layer.
MakeGauges = Callable[..., Iterable[Metric]]


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    counted = CollectorRegistry() if folder else REGISTRY
    if folder:
        _forget_the_dead(Path(folder))
        MultiProcessCollector(counted, folder)  # type: ignore[no-untyped-call]  # theirs
    told = CollectorRegistry()
    told.register(_Rows())
    return generate_latest(counted) + generate_latest(told)


class _Rows(Collector):
    """What the database says, or that it says nothing."""

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: else registering would ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of every layer."""
        is_up = True
        try:
            for name in settings.GAUGES:
                make: MakeGauges = import_string(name)
                yield from list(make(now=timezone.now()))
        except (DatabaseError, InterfaceError):
            is_up = False
        yield GaugeMetricFamily(
            "sealwright_database_up", "Whether the database answers.", value=is_up
        )


def _forget_the_dead(folder: Path) -> None:
    """Drop the live gauges of processes that are gone: nobody else would."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not _is_alive(int(pid)):
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]  # theirs


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
