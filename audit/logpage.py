"""What the page of the log shows: how far sealing and anchoring got, and its key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from audit.anchors.sending import ANCHORS
from audit.models import AnchorReceipt, Checkpoint, LogKey, LogState, Record, Unsealed
from audit.sealing.lag import unsealed_age

COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Anchored:
    """One anchor: what it has, and whether it fails."""

    name: str
    is_on: bool
    is_failing: bool
    receipt: AnchorReceipt | None


@dataclass(frozen=True, slots=True)
class LogView:
    """The log as its page tells it."""

    newest: Checkpoint | None
    waiting: int
    lag: timedelta
    anchors: Sequence[Anchored]
    keys: Sequence[LogKey]
    verified: Mapping[str, Any] | None  # the last verification's record

    @property
    def key(self) -> LogKey | None:
        """The key that signs now."""
        return self.keys[0] if self.keys else None


def look(*, now: datetime) -> LogView:
    """Return how the log stands."""
    state = LogState.objects.filter(pk=1).first()
    failing = state.failing_anchors if state else []
    return LogView(
        newest=Checkpoint.objects.newest(),
        waiting=Unsealed.objects.all()[: COUNTED + 1].count(),
        lag=unsealed_age(now=now),
        anchors=[_anchor(name, is_failing=name in failing) for name in ANCHORS],
        keys=list(LogKey.objects.order_by("-id")),
        verified=_last_verification(),
    )


def _anchor(name: str, *, is_failing: bool) -> Anchored:
    receipts = AnchorReceipt.objects.filter(anchor=name).order_by("-id")
    return Anchored(name, ANCHORS[name].is_on(), is_failing, receipts.first())


def _last_verification() -> Mapping[str, Any] | None:
    # The installation's own records have no tenant: few, and in one index.
    own = Record.objects.filter(tenant=None)
    told = own.filter(event__in=["log.verified", "log.verify_failed"]).order_by("-id")
    return told.values("at", "event", "detail").first()
