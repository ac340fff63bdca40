"""Quiet hours: until when a reminder waits.  Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo


def quiet_until(
    at: datetime, *, begins: time, ends: time, zone: tzinfo
) -> datetime | None:
    """Return when the quiet hours around a moment end; None if it lies in none.

    ``begins`` and ``ends`` are read off a clock in that zone, so the hours may span
    midnight and the day on which that clock is changed.
    """
    local = at.astimezone(zone)
    now = local.time()
    spans_midnight = begins > ends
    after, before = begins <= now, now < ends
    if not (after or before if spans_midnight else after and before):
        return None
    day = local.date() + timedelta(days=1 if now >= ends else 0)
    end = datetime.combine(day, ends, tzinfo=zone)
    # An hour that comes twice ends the second time, else the end could be past.
    return max(each.astimezone(UTC) for each in (end, end.replace(fold=1)))
