"""How far sealing is behind, and telling it once."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from audit.models import LogState, Record, Unsealed
from audit.services.recording import record

LIMIT: Final = timedelta(seconds=10)


def unsealed_age(*, now: datetime) -> timedelta:
    """Return the age of the oldest record that waits; zero if none does."""
    # Ids sort by time, so the first of the key's index is the oldest.
    oldest = list(Unsealed.objects.order_by("pk").values_list("pk", flat=True)[:1])
    at = Record.objects.filter(pk__in=oldest).values_list("at", flat=True).first()
    return max(now - at, timedelta()) if at else timedelta()


def watch(*, now: datetime) -> None:
    """Record that sealing lags, or that it has caught up, once each."""
    age = unsealed_age(now=now)
    LogState.objects.get_or_create(pk=1)
    if age > LIMIT:
        _turn("log.lagging", now, age, began=True)
    else:
        _turn("log.caught_up", now, age, began=False)


@transaction.atomic
def _turn(event: str, now: datetime, age: timedelta, *, began: bool) -> None:
    state = LogState.objects.filter(pk=1, lagging_since__isnull=began)
    if state.update(lagging_since=now if began else None):
        seconds = int(age.total_seconds())
        record(event, now=now, actor_kind="system", detail={"age_seconds": seconds})
