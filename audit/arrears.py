"""What the log owes: records that no signature covers, checkpoints that never left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from audit.anchors.sending import ANCHORS
from audit.models import AnchorReceipt, Checkpoint, Unsealed
from audit.sealing.lag import LIMIT, unsealed_age
from audit.sealing.rollbacks import rolled_back

COUNTED: Final = 10_000
# A checkpoint leaves within a minute: two minutes later something fails.
UNANCHORED: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Sealing:
    """Records that wait for their place: how many, and since when."""

    records: int
    since: datetime
    lag: timedelta
    stops_calls: bool

    @property
    def is_counted(self) -> bool:
        """Whether the number is the whole number."""
        return self.records <= COUNTED


@dataclass(frozen=True, slots=True)
class Anchoring:
    """An anchor that lacks what is sealed: how many records, and since when."""

    name: str
    records: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is late, and what should never be: a database behind its anchor."""

    rollback: str | None
    sealing: Sealing | None
    anchoring: Sequence[Anchoring]


def arrears(*, now: datetime) -> Arrears:
    """Return what is late now; where all is well each part is empty."""
    rollback = rolled_back()
    return Arrears(
        rollback=rollback,
        sealing=None if rollback else _sealing(now),
        anchoring=[] if rollback else _anchoring(now),
    )


def _sealing(now: datetime) -> Sealing | None:
    lag = unsealed_age(now=now)
    if lag <= LIMIT:
        return None
    limit = settings.AUDIT_MAX_LAG_SECONDS
    return Sealing(
        records=Unsealed.objects.all()[: COUNTED + 1].count(),
        since=now - lag,
        lag=lag,
        stops_calls=0 < limit < lag.total_seconds(),
    )


def _anchoring(now: datetime) -> list[Anchoring]:
    newest = Checkpoint.objects.newest()
    if newest is None:
        return []
    late = []
    for name, anchor in ANCHORS.items():
        has = _size_at(name) if anchor.is_on() else newest.size
        lacks = Checkpoint.objects.filter(size__gt=has).order_by("size").first()
        if lacks is not None and now - lacks.at > UNANCHORED:
            late.append(Anchoring(name, newest.size - has, lacks.at))
    return late


def _size_at(name: str) -> int:
    newest = AnchorReceipt.objects.filter(anchor=name).order_by("-id").first()
    return newest.size if newest else 0
