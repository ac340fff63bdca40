"""A window of time, cut into minutes, hours or days of UTC.  Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Self

Unit = Literal["minute", "hour", "day"]
STEPS: Final[dict[Unit, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
# How many are shown where nobody says from when on, and how many at the most.
USUAL: Final[dict[Unit, int]] = {"minute": 60, "hour": 48, "day": 30}
MOST: Final = 120
# No record is older than the program, and arithmetic with the year 1 overflows.
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From ``since`` (included) to ``until`` (excluded), in whole units."""

    unit: Unit
    since: datetime
    until: datetime

    @property
    def step(self) -> timedelta:
        """How long one stretch is."""
        return STEPS[self.unit]

    def stretches(self) -> list[datetime]:
        """Return the beginnings of all stretches, in order."""
        count = (self.until - self.since) // self.step
        return [self.since + number * self.step for number in range(count)]

    def before(self) -> Self:
        """Return the window of the same length that ends where this one begins."""
        length = self.until - self.since
        return type(self)(self.unit, self.since - length, self.since)

    def after(self) -> Self:
        """Return the window of the same length that begins where this one ends."""
        length = self.until - self.since
        return type(self)(self.unit, self.until, self.until + length)


def window(
    unit: Unit | None, *, since: datetime | None, until: datetime | None, now: datetime
) -> Window:
    """Return the window that is asked for; without a unit, the one that fits.

    One that is too long for its unit keeps its newest stretches.
    """
    end = _within(until or now)
    begin = _within(since) if since else None
    unit = unit or _fitting(end - begin if begin else None)
    step = STEPS[unit]
    end = _ceiling(end, step)
    begin = _floor(begin, step) if begin else end - USUAL[unit] * step
    begin = max(begin, end - MOST * step)
    return Window(unit, min(begin, end - step), end)


def _fitting(length: timedelta | None) -> Unit:
    if length is None:
        return "hour"
    for unit, step in STEPS.items():
        if length <= MOST * step:
            return unit
    return "day"


def _within(at: datetime) -> datetime:
    return min(max(at, EARLIEST), LATEST)


def _floor(at: datetime, step: timedelta) -> datetime:
    return EARLIEST + (at - EARLIEST) // step * step


def _ceiling(at: datetime, step: timedelta) -> datetime:
    return EARLIEST - (EARLIEST - at) // step * step
