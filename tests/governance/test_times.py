"""Times as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from governance.access import zone_of
from governance.templatetags.times import clock, distance, machine, span

NOW = datetime(2026, 3, 2, 12, 56, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 3, 2, 13, 5, tzinfo=UTC), "14:05 CET (13:05 UTC)"),
        (datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "3 Mar 00:30 CET (23:30 UTC)"),
        (datetime(2025, 7, 1, 8, 0, tzinfo=UTC), "1 Jul 2025 10:00 CEST (08:00 UTC)"),
    ],
)
def test_a_time_is_shown_in_the_readers_zone_and_in_utc(
    at: datetime, shown: str
) -> None:
    assert clock(at, zone=BERLIN, now=NOW) == shown


def test_utc_is_not_said_twice() -> None:
    assert clock(NOW, zone=UTC, now=NOW) == "12:56 UTC"


@pytest.mark.parametrize(
    ("away", "shown"),
    [
        (timedelta(minutes=9), "in 9 min"),
        (timedelta(seconds=59), "in under a minute"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=-119), "119 min ago"),
        (timedelta(hours=3, minutes=59), "in 3 h"),
        (timedelta(days=-3), "3 days ago"),
    ],
)
def test_how_far_away_a_time_is(away: timedelta, shown: str) -> None:
    assert distance(NOW + away, now=NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(30, "30 s"), (900, "15 min"), (3600, "1 h"), (5400, "90 min"), (14_400, "4 h")],
)
def test_a_length_of_time(seconds: int, shown: str) -> None:
    assert span(seconds) == shown


def test_programs_read_seconds_in_utc() -> None:
    assert machine(datetime(2026, 3, 2, 14, 5, tzinfo=BERLIN)) == "2026-03-02T13:05:00Z"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd"])
def test_an_unknown_zone_is_utc(name: str) -> None:
    assert zone_of(name) is UTC
