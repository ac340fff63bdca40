"""How the database finds records: a million of them are not read one by one."""

from datetime import timedelta

import pytest
from django.db import connection

from audit import search
from audit.access import AuditScope
from audit.filters import Filters
from audit.models import Personal, Record
from audit.patience import by_index
from tests.audit.evidence import CALL, NOW, write

pytestmark = pytest.mark.django_db
EVERYTHING = AuditScope(None)
DAY = timedelta(days=1)
WINDOW = Filters(since=NOW - timedelta(hours=1), until=NOW + timedelta(hours=1))


@pytest.fixture
def only_bitmaps() -> None:
    """Take from the planner what it likes better for a table as small as a test's."""
    with connection.cursor() as cursor:
        for kind in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("request_id", "req_1"),
        ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("claim_nonce", "sha256:1"),
        ("route_digest", "sha256:1"),
    ],
)
def test_what_is_rarely_looked_for_has_a_small_index(
    only_bitmaps: None, column: str, value: str
) -> None:
    assert "record_named" in Record.objects.filter(**{column: value}).explain()


def test_the_digest_of_a_summary_has_one_too(only_bitmaps: None) -> None:
    asked = Personal.objects.filter(summary_digest="sha256:1")

    assert "personal_summary_digest" in asked.explain()


def test_an_index_is_asked_however_dear_the_planner_holds_it() -> None:
    with by_index(), connection.cursor() as cursor:
        cursor.execute("SHOW enable_seqscan")

        assert cursor.fetchone() == ("off",)


def test_a_window_is_found_by_its_time_and_not_by_skipping_what_came_after(
    only_bitmaps: None,
) -> None:
    asked = WINDOW.records(EVERYTHING)

    told = asked.order_by(search._BESIDE.desc()).explain()  # noqa: SLF001 - what is planned

    assert "record_at" in told
    assert "Sort" in told


def everything(filters: Filters, *, days_later: int) -> list[list[str]]:
    """Turn the pages, older and older, and then back again."""
    now = NOW + days_later * DAY
    pages = [search.search(filters, scope=EVERYTHING, now=now)]
    while pages[-1].older_than:
        before = pages[-1].older_than
        pages.append(search.search(filters, scope=EVERYTHING, now=now, before=before))
    while pages[-1].newer_than:
        after = pages[-1].newer_than
        pages.append(search.search(filters, scope=EVERYTHING, now=now, after=after))
    return [[row["id"] for row in page.rows] for page in pages]


@pytest.mark.parametrize("days_later", [0, 30], ids=["just now", "long ago"])
def test_pages_of_a_window_are_the_same_however_they_are_found(
    monkeypatch: pytest.MonkeyPatch, days_later: int
) -> None:
    monkeypatch.setattr(search, "COUNTED", 2)
    monkeypatch.setattr(search, "ROWS", 3)
    write("call.allowed", now=NOW - DAY)
    ids = [write("call.allowed", now=NOW) for _ in range(7)][::-1]
    write("call.allowed", {**CALL, "call_id": "cal_2"}, now=NOW + DAY)

    pages = everything(WINDOW, days_later=days_later)

    assert pages == [ids[:3], ids[3:6], ids[6:], ids[3:6], ids[:3]]


@pytest.mark.parametrize(
    ("filters", "is_long_ago"),
    [
        (WINDOW, True),
        (Filters(since=WINDOW.since), False),
        (Filters(until=WINDOW.until), False),
        (Filters(since=NOW - 90 * DAY, until=NOW), False),
    ],
)
def test_only_a_window_with_more_after_it_than_in_it_is_long_ago(
    *, filters: Filters, is_long_ago: bool
) -> None:
    assert search._is_long_ago(filters, NOW + 30 * DAY) is is_long_ago  # noqa: SLF001
