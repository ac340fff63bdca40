"""Refusals in floods: each is counted, few are written."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from prometheus_client import REGISTRY

from audit.context import Context, use
from audit.models import Record
from audit.services import (
    RecordUnavailable,
    floods,
    flush_floods,
    record_flood,
    settle_floods,
)
from audit.services.floods import WINDOW, Floods, Settler
from tests.audit.evidence import NOW
from tests.racing import until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_transactions(transactional_db: None) -> None:
    """Refusals insist on transactions of their own."""


def counts() -> list[int]:
    details = Record.objects.order_by("id").values_list("detail", flat=True)
    return [(detail or {})["count"] for detail in details]


def test_the_first_refusal_is_recorded_at_once() -> None:
    known = Floods()

    assert known.record("key.refused", "k1", now=NOW, reason="unauthenticated")

    kept = Record.objects.get()
    assert (kept.event, kept.reason, counts()) == (
        "key.refused",
        "unauthenticated",
        [1],
    )


def test_a_flood_is_written_once_a_minute_with_its_count() -> None:
    known = Floods()

    for second in range(0, 121, 2):
        known.record("key.refused", "k1", now=NOW + timedelta(seconds=second))

    assert counts() == [1, 30, 30]


def test_each_key_and_event_is_a_flood_of_its_own() -> None:
    known = Floods()

    known.record("key.refused", "k1", now=NOW)
    known.record("key.refused", "k2", now=NOW)
    known.record("call.denied", "k1", now=NOW)

    assert counts() == [1, 1, 1]


def test_what_a_flood_left_uncounted_is_recorded_when_it_has_stopped() -> None:
    known = Floods()
    for _ in range(10):
        known.record("key.refused", "k1", now=NOW)

    assert known.settle(now=NOW + timedelta(seconds=59)) == 0
    assert known.settle(now=NOW + WINDOW) == 1
    assert known.settle(now=NOW + 2 * WINDOW) == 0

    assert counts() == [1, 9]


def test_a_flood_that_came_back_is_recorded_at_once() -> None:
    known = Floods()
    known.record("key.refused", "k1", now=NOW)
    known.settle(now=NOW + WINDOW)

    assert known.record("key.refused", "k1", now=NOW + WINDOW + timedelta(seconds=1))


def test_invented_keys_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floods, "MAX_KEYS", 2)
    known = Floods()

    for number in range(10):
        known.record("key.refused", f"invented-{number}", now=NOW)
    known.settle(now=NOW + WINDOW)

    assert sum(counts()) == 10
    assert len(counts()) == 4


def test_the_floods_of_the_process_are_settled_when_they_have_stopped() -> None:
    long_ago = NOW.replace(year=2000)  # before any flood of another test
    assert record_flood("key.refused", "of the process", now=long_ago)
    assert record_flood("key.refused", "of the process", now=long_ago) is None

    assert settle_floods(now=long_ago + WINDOW) == 1
    assert settle_floods(now=long_ago + 2 * WINDOW) == 0


def test_counted_refusals_are_recorded_though_nobody_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settler = Settler(every=timedelta(milliseconds=5))
    door = Context(door="rest", request_id="req_1")

    with use(door):
        for number in range(3):
            if number == 2:  # before, it could be so quick as to settle one alone
                monkeypatch.setattr(floods, "settler", settler)
            record_flood("key.refused", "k1", now=NOW.replace(year=2000))
    until(lambda: counts() == [1, 2])
    settler.end()

    assert {record.request_id for record in Record.objects.all()} == {"req_1"}
    assert {record.door for record in Record.objects.all()} == {"rest"}


def test_a_settler_outlives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, unwritable: None
) -> None:
    settler = Settler(every=timedelta(milliseconds=5))
    monkeypatch.setattr(floods, "settler", settler)
    with pytest.raises(RecordUnavailable):
        record_flood("key.refused", "k1", now=NOW.replace(year=2000))

    settler.begin()
    before = unavailable()
    until(lambda: unavailable() > before)
    writable_again()
    until(lambda: counts() == [1])

    settler.end()


def test_a_process_that_ends_records_what_it_has_counted() -> None:
    now = timezone.now()
    for _ in range(3):
        record_flood("key.refused", "k1", now=now)

    flush_floods()
    flush_floods()

    assert counts() == [1, 2]


def test_a_settler_has_one_thread_and_begins_again_after_its_end() -> None:
    settler = Settler(every=timedelta(days=1))
    before = set(threading.enumerate())

    settler.begin()
    settler.begin()
    (first,) = set(threading.enumerate()) - before
    settler.end()
    until(lambda: not first.is_alive())
    settler.begin()

    assert len(set(threading.enumerate()) - before) == 1
    settler.end()


@pytest.fixture
def unwritable() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_unsealed RENAME TO gone")
        yield
        cursor.execute("ALTER TABLE IF EXISTS gone RENAME TO audit_unsealed")


def writable_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO audit_unsealed")


def unavailable() -> float:
    """Return how many records could not be written so far, by the metric."""
    return REGISTRY.get_sample_value("sealwright_audit_unavailable_total") or 0


def test_a_count_that_could_not_be_written_is_not_lost(unwritable: None) -> None:
    known = Floods()
    with pytest.raises(RecordUnavailable):
        known.record("key.refused", "k1", now=NOW)
    writable_again()

    known.record("key.refused", "k1", now=NOW)

    assert counts() == [2]
