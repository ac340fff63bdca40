"""Records as files: complete, inert, and of her tenants alone."""

import base64
import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from audit.columns import PERSONAL
from audit.exports.formats import CSV_COLUMNS
from audit.leaf import commitment
from audit.models import Record
from tests.alone import stands_in
from tests.audit.evidence import CALL, write
from tests.audit.reading import (
    DIFFERENT,
    OTHER,
    bytes_of,
    export,
    exported_records,
    lines_of,
    rows_of,
)

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
        assert not stands_in(data.decode(), value)
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
