"""Quiet hours: read off the person's own clock, over midnight and clock changes."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from approvals.quiet import quiet_until

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "begins", "ends", "until"),
    [
        ("2026-06-10T11:59", "12:00", "14:00", None),
        ("2026-06-10T12:00", "12:00", "14:00", "2026-06-10T14:00"),
        ("2026-06-10T13:59", "12:00", "14:00", "2026-06-10T14:00"),
        ("2026-06-10T14:00", "12:00", "14:00", None),
        ("2026-06-10T21:59", "22:00", "07:00", None),
        ("2026-06-10T23:00", "22:00", "07:00", "2026-06-11T07:00"),
        ("2026-06-11T06:59", "22:00", "07:00", "2026-06-11T07:00"),
        ("2026-06-11T07:00", "22:00", "07:00", None),
        ("2026-06-10T23:00", "22:00", "00:00", "2026-06-11T00:00"),
        # the clock goes back: half past two comes twice, and quiet ends with the second
        ("2026-10-25T01:00", "22:00", "02:30", "2026-10-25T02:30+01:00"),
        # it goes forward: half past two never comes
        ("2026-03-29T01:00", "22:00", "02:30", "2026-03-29T03:30"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(
    at: str, begins: str, ends: str, until: str | None
) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=BERLIN).astimezone(UTC)

    found = quiet_until(
        moment,
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
        zone=BERLIN,
    )

    if until is None:
        assert found is None
    else:
        wanted = datetime.fromisoformat(until)
        assert found == (wanted if wanted.tzinfo else wanted.replace(tzinfo=BERLIN))


def test_the_end_is_never_past_in_the_hour_that_comes_twice() -> None:
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10, the second time

    until = quiet_until(again, begins=time(22), ends=time(2, 30), zone=BERLIN)

    assert until == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
