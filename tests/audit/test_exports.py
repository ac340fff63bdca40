"""Records as files: complete, inert, constant in memory, and each one recorded."""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.http import StreamingHttpResponse
from django.test import Client

from audit.columns import PERSONAL
from audit.exports import Export, Order, stream
from audit.exports.formats import CSV_COLUMNS
from audit.leaf import commitment
from audit.models import Record
from tests.audit.evidence import CALL, LATER, NOW, write
from tests.audit.test_search import DIFFERENT, OTHER

pytestmark = pytest.mark.django_db
HOSTILE = [
    "=1+1",
    " \t@SUM(A1)",
    "x;=cmd|'/c calc'!A1",
    'a"-1',
    "\uff1d1",
    "a\r\n=b\x1b[31m",
    "two\nlines,\u2028and more",
]


def export(browser: Client, form: str = "csv", **asked: str) -> StreamingHttpResponse:
    page = browser.get(f"/audit/export.{form}?{urlencode(asked)}")
    assert page.status_code == 200, page.content
    assert isinstance(page, StreamingHttpResponse)
    return page


def bytes_of(page: StreamingHttpResponse) -> bytes:
    return page.getvalue()


def leave(page: StreamingHttpResponse) -> None:
    """Close a response as the server does; the connection of the test stays open."""
    request_finished.disconnect(close_old_connections)
    page.close()
    request_finished.connect(close_old_connections)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def lines_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().split("\n") if line]


def exported_records() -> list[Record]:
    return list(Record.objects.filter(event__startswith="export.").order_by("id"))


def test_a_csv_has_the_columns_of_version_1_in_order(olu: Client) -> None:
    write("call.allowed")

    head, line, end = bytes_of(export(olu)).split(b"\r\n")

    assert head.decode() == ",".join(f'"{column}"' for column in CSV_COLUMNS)
    assert (CSV_COLUMNS[0], CSV_COLUMNS[-3:]) == ("at", ("sentence", "salts", "leaf"))
    assert line.startswith(b'"2026-11-23T10:02:03.000000Z","call.allowed","allowed",""')
    assert end == b""


def test_a_csv_tells_every_column_of_the_record(olu: Client) -> None:
    record_id = write("call.allowed")

    (row,) = rows_of(bytes_of(export(olu)))

    assert (row["id"], row["version"], row["index"]) == (record_id, "1", "")
    assert (row["code"], row["claim_use"], row["policy_epoch"]) == ("K7Q-4M2", "1", "7")
    assert row["on_behalf_of"] == "dana"
    assert row["sentence"].startswith("On 23 November 2026 at 10:02:03 UTC, ci-agent")
    leaf = Record.objects.get(pk=record_id).leaf
    assert base64.b64decode(row["leaf"]) == bytes(leaf)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_commitment_of_an_export_opens(olu: Client, form: str) -> None:
    write("call.allowed")

    data = bytes_of(export(olu, form))

    if form == "csv":
        (row,) = rows_of(data)
        leaf, salts = base64.b64decode(row["leaf"]), json.loads(row["salts"])
        # The cells are guarded for spreadsheets: the values come from the record.
        values = {column: row[column].lstrip("'") for column in salts}
    else:
        (line,) = lines_of(data)
        leaf, salts = json.dumps(line["leaf"]).encode(), line["salts"]
        values = line["values"]
    opened = {
        column: commitment(bytes.fromhex(salt), column, values[column])
        for column, salt in salts.items()
    }
    assert opened == json.loads(leaf)["personal"]


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_text_is_inert_and_its_leaf_still_holds(olu: Client, said: str) -> None:
    record_id = write("call.denied", {**CALL, "scope": said, "stated_reason": said})

    (row,) = rows_of(bytes_of(export(olu)))

    assert row["scope"][:1] not in set("=+-@\t\r\n\uff1d")
    assert "\n=" not in row["scope"]
    assert ";=" not in row["scope"]
    leaf = base64.b64decode(row["leaf"])
    assert leaf == bytes(Record.objects.get(pk=record_id).leaf)
    assert json.loads(leaf)["scope"] == said


@pytest.mark.parametrize("said", HOSTILE)
def test_one_event_is_one_line_of_jsonl(olu: Client, said: str) -> None:
    write("call.denied", {**CALL, "scope": said, "stated_reason": said})

    data = bytes_of(export(olu, "jsonl"))

    assert data.count(b"\n") == 1
    (line,) = lines_of(data)
    assert line["leaf"]["scope"] == line["values"]["stated_reason"] == said
    assert line["index"] is None


def test_the_leaf_of_a_jsonl_is_byte_by_byte_the_one_of_the_record(olu: Client) -> None:
    record_id = write("call.allowed")

    data = bytes_of(export(olu, "jsonl"))

    leaf = bytes(Record.objects.get(pk=record_id).leaf)
    assert data.startswith(b'{"index":null,"leaf":' + leaf + b',"values":{')


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_personal_values_can_be_left_out(olu: Client, form: str) -> None:
    write("call.allowed", {**CALL, "person": "zoe"})

    data = bytes_of(export(olu, form, personal="0"))

    for value in ("dana", "zoe", "ana", "Comment on", "review is done", "K7Q-4M2"):
        assert value not in data.decode()
    if form == "csv":
        (row,) = rows_of(data)
        assert {row[column] for column in PERSONAL} == {""}
        assert row["salts"] == "{}"
        assert "a person whose name is left out" in row["sentence"]
    else:
        (line,) = lines_of(data)
        assert (line["values"], line["salts"]) == ({}, {})


def test_a_mark_for_excel_stands_first_where_it_is_asked_for(olu: Client) -> None:
    assert bytes_of(export(olu, bom="1")).startswith(b"\xef\xbb\xbf")
    assert not bytes_of(export(olu)).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("jsonl", "application/x-ndjson; charset=utf-8"),
    ],
)
def test_a_file_is_an_attachment_that_nobody_keeps(
    olu: Client, form: str, kind: str
) -> None:
    page = export(olu, form)

    assert page.headers["Content-Type"] == kind
    assert page.headers["Content-Disposition"] == (
        f'attachment; filename="evidence.{form}"'
    )
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in page.headers["Cache-Control"]
    bytes_of(page)


def test_an_export_has_the_filters_of_the_page_and_her_tenants_alone(
    olu: Client,
) -> None:
    wanted = write("call.allowed")
    write("call.denied", DIFFERENT)
    write("call.allowed", OTHER)

    rows = rows_of(bytes_of(export(olu, agent="ci-agent")))

    assert [row["id"] for row in rows] == [wanted]


@pytest.mark.parametrize("asked", [{"agnet": "ci-agent"}, {"tenant": "team-zeta"}])
def test_a_filter_that_does_not_exist_exports_nothing(
    olu: Client, asked: dict[str, str]
) -> None:
    write("call.allowed")

    page = olu.get(f"/audit/export.csv?{urlencode(asked)}")

    assert page.status_code == 400
    assert exported_records() == []


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
    assert not [detail for detail in details if "ana" in detail]


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
