"""Windows of time, cut into whole minutes, hours and days."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.stretches import MOST, STEPS, Unit, window

NOW = datetime(2026, 11, 23, 10, 7, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "since", "until", "count"),
    [
        ("minute", "2026-11-23 09:08", "2026-11-23 10:08", 60),
        ("hour", "2026-11-21 11:00", "2026-11-23 11:00", 48),
        ("day", "2026-10-25 00:00", "2026-11-24 00:00", 30),
    ],
)
def test_the_usual_window_ends_with_the_stretch_of_now(
    unit: Unit, since: str, until: str, count: int
) -> None:
    shown = window(unit, since=None, until=None, now=NOW)

    assert f"{shown.since:%Y-%m-%d %H:%M}" == since
    assert f"{shown.until:%Y-%m-%d %H:%M}" == until
    assert len(shown.stretches()) == count
    assert shown.stretches()[-1] + shown.step == shown.until


@pytest.mark.parametrize(
    ("length", "unit"),
    [
        (timedelta(minutes=30), "minute"),
        (timedelta(hours=2), "minute"),
        (timedelta(days=2), "hour"),
        (timedelta(days=5), "hour"),
        (timedelta(days=6), "day"),
        (timedelta(days=900), "day"),
    ],
)
def test_the_unit_fits_the_length(length: timedelta, unit: str) -> None:
    assert window(None, since=NOW - length, until=NOW, now=NOW).unit == unit


@pytest.mark.parametrize("unit", STEPS)
def test_what_is_too_long_keeps_its_newest_stretches(unit: Unit) -> None:
    shown = window(unit, since=NOW - timedelta(days=4000), until=None, now=NOW)

    assert len(shown.stretches()) == MOST
    assert shown.until > NOW


@pytest.mark.parametrize("unit", STEPS)
@pytest.mark.parametrize("year", [1, 2026, 9999])
def test_no_time_is_too_odd(unit: Unit, year: int) -> None:
    at = datetime(year, 12 if year > 1 else 1, 31, 23, 59, 59, tzinfo=UTC)

    for since, until in ((at, None), (None, at), (at, at), (NOW, at), (at, NOW)):
        shown = window(unit, since=since, until=until, now=NOW)

        assert 1 <= len(shown.stretches()) <= MOST
        assert len(shown.before().stretches()) == len(shown.stretches())
        assert shown.after().since == shown.until
