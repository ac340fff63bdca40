"""An export on its way out: page by page, two at a time, itself recorded."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from audit import verify
from audit.exports import Export, Order, stream
from audit.models import Record
from tests.alone import stands_in
from tests.audit.auditing import verified
from tests.audit.evidence import LATER, NOW, write
from tests.audit.reading import bytes_of, export, exported_records, leave, rows_of
from tests.audit.sealed import a_call, seal_all, some_calls, vkey

pytestmark = pytest.mark.django_db


def test_records_come_in_order_over_all_pages(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PAGE", 2)
    ids = [write("call.allowed") for _ in range(5)]

    rows = rows_of(bytes_of(export(olu)))

    assert [row["id"] for row in rows] == ids


def test_what_is_recorded_meanwhile_does_not_appear(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PAGE", 1)
    first, second = write("call.allowed"), write("call.completed", now=LATER)
    page = export(olu)
    parts = iter(page)

    data = next(parts) + next(parts)
    write("call.replayed")
    data += b"".join(parts)
    leave(page)

    assert [row["id"] for row in rows_of(data)] == [first, second]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_with_an_earlier_size_the_bytes_are_those_of_then(
    olu: Client, form: str
) -> None:
    some_calls(1)
    size = seal_all().size
    then = export(olu, form)
    data = bytes_of(then)
    a_call(7)
    seal_all()

    again, now = export(olu, form, size=str(size)), export(olu, form)

    assert then["Sealwright-Checkpoint-Size"] == str(size)
    assert bytes_of(again) == data
    assert len(bytes_of(now)) > len(data)


def test_an_export_is_recorded_before_its_first_byte_and_after_its_last(
    olu: Client,
) -> None:
    write("call.allowed")
    page = export(olu, agent="ci-agent", person="", **{"from": "2026-11-23"})
    (started,) = exported_records()

    data = bytes_of(page)

    started, finished = exported_records()
    assert (started.event, finished.event) == ("export.started", "export.finished")
    assert started.tenant == finished.tenant == "team-acme"
    assert started.personal.person == finished.personal.person == "olu"
    assert started.door == finished.door == "page"
    assert started.detail == {
        "form": "csv",
        "filters": {"agent": "ci-agent", "since": "2026-11-23T00:00:00.000000Z"},
        "tenants": ["team-acme"],
        "size": 0,
        "personal": True,
    }
    assert finished.detail == {
        **started.detail,
        "started": started.pk,
        "count": 1,
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }


def test_the_record_of_an_export_names_no_person_that_was_searched_for(
    olu: Client,
) -> None:
    bytes_of(export(olu, person="ana"))

    details = [str(record.detail) for record in exported_records()]
    assert len(details) == 2
    assert not [detail for detail in details if stands_in(detail, "ana")]


def test_a_reader_who_leaves_is_recorded_with_how_far_it_got(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "PAGE", 1)
    for _ in range(3):
        write("call.allowed")
    order = Order(records=Record.objects.all(), form="jsonl", facts={})
    leaving = Export(order, now=NOW)
    sent = next(leaving)

    leaving.close()
    leaving.close()

    _, aborted = exported_records()
    assert aborted.event == "export.aborted"
    assert aborted.detail is not None
    assert aborted.detail["count"] == 1
    assert aborted.detail["digest"] == f"sha256:{hashlib.sha256(sent).hexdigest()}"


def test_an_export_that_nobody_reads_gives_its_slot_back(olu: Client) -> None:
    for _ in range(stream.AT_ONCE + 1):
        leave(export(olu))

    events = [record.event for record in exported_records()]
    assert events == ["export.started", "export.aborted"] * (stream.AT_ONCE + 1)


def test_a_process_streams_two_at_a_time(olu: Client) -> None:
    running = [export(olu) for _ in range(stream.AT_ONCE)]

    refused = olu.get("/audit/export.jsonl")

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert len(exported_records()) == 2
    bytes_of(running.pop())
    running.append(export(olu))
    for page in running:
        leave(page)


@pytest.fixture
def unwritable(transactional_db: None) -> Iterator[Callable[[], None]]:
    """Give a switch after which nothing can be recorded."""

    def switch() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_unsealed RENAME TO gone")

    yield switch
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE IF EXISTS gone RENAME TO audit_unsealed")


def test_what_can_not_be_recorded_does_not_leave(
    unwritable: Callable[[], None], olu: Client
) -> None:
    unwritable()

    for _ in range(stream.AT_ONCE + 1):
        refused = olu.get("/audit/export.csv")
        assert refused.status_code == 503
        assert b"call.allowed" not in refused.content


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_somebody_reads_slowly(olu: Client) -> None:
    write("call.allowed")
    page = export(olu)
    parts = iter(page)

    next(parts), next(parts)

    assert connection.connection is None
    leave(page)


def test_no_more_than_a_page_is_held_at_a_time(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PAGE", 10)
    for _ in range(100):
        write("call.allowed")

    page = export(olu, "jsonl")
    parts = [len(part) for part in page]
    leave(page)

    assert len(parts) == 10
    assert max(parts) < 10 * 8192


def test_an_empty_export_has_a_header_and_is_recorded(olu: Client) -> None:
    data = bytes_of(export(olu, agent="nobody"))

    assert rows_of(data) == []
    assert data.count(b"\r\n") == 1
    assert exported_records()[-1].event == "export.finished"
    assert bytes_of(export(olu, "jsonl", agent="nobody")) == b""


def test_what_the_search_offers_verifies_though_the_log_grew_meanwhile(
    olu: Client, tmp_path: Path
) -> None:
    some_calls(2)
    seal_all()
    page = olu.get("/audit/?event=call.allowed").content.decode().replace("&amp;", "&")
    links = re.findall(r'href="(/audit/(?:export\.|log/checkpoint)[^"]*)"', page)
    a_call(7)
    seal_all()

    csv, _, jsonl, checkpoint = [olu.get(link).getvalue() for link in links]
    (tmp_path / "records.jsonl").write_bytes(jsonl)
    (tmp_path / "records.csv").write_bytes(csv)
    (tmp_path / "checkpoint").write_bytes(checkpoint)
    (tmp_path / "vkey.txt").write_text(vkey())
    proofs = ["--proofs", str(tmp_path / "records.jsonl")]
    said = verified(tmp_path, "--part")
    of_csv = verified(tmp_path, "--part", *proofs, export="records.csv")

    assert (said.code, said.report["records"]) == (verify.VERIFIED, 2)
    assert (of_csv.code, of_csv.report["records"]) == (verify.VERIFIED, 2)


def test_before_anything_is_sealed_the_search_offers_no_checkpoint(
    olu: Client,
) -> None:
    write("call.allowed")

    page = olu.get("/audit/").content.decode()

    assert 'href="/audit/export.jsonl"' in page
    assert "/audit/log/checkpoint" not in page
