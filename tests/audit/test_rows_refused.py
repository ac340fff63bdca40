"""One row alone: what it holds beside what was sealed is refused, in words."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import verify
from tests.audit.auditing import verified

pytestmark = pytest.mark.django_db
Row = dict[str, Any]
ALLOWED = 2  # the index of the first call's record that it was allowed


def job(form: str, *, is_proved: bool = False) -> verify.Job:
    return verify.Job(form, quick=False, size=0, root=b"", is_proved=is_proved)


def line_of(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def said(data: bytes, form: str, *, is_proved: bool = False) -> str:
    piece = verify.check_piece(data, job(form, is_proved=is_proved))
    return "; ".join(found.text for found in piece.findings)


def test_what_is_not_changed_is_not_refused(folder: Path) -> None:
    row = json.loads((folder / "records.jsonl").read_bytes().splitlines()[ALLOWED])

    assert said(line_of(row), "jsonl") == ""


def with_value(row: Row) -> None:
    row["values"]["zodiac"] = "fish"


def without_value(row: Row) -> None:
    del row["values"]["summary"]


def without_salt(row: Row) -> None:
    del row["salts"]["summary"]


def with_loud_salt(row: Row) -> None:
    row["salts"]["summary"] = "AB" + row["salts"]["summary"][2:]


def with_long_salt(row: Row) -> None:
    row["salts"]["summary"] += "00"


def out_of_order(row: Row) -> None:
    row["values"] = dict(reversed(row["values"].items()))


def without_index(row: Row) -> None:
    row["index"] = None


def with_number(row: Row) -> None:
    row["values"]["summary"] = 7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_value, "a personal value that the leaf does not know"),
        (without_value, "summary has lost its value"),
        (without_salt, "summary has lost its salt"),
        (with_loud_salt, "the salt of summary is none"),
        (with_long_salt, "the salt of summary is none"),
        (out_of_order, "not in the form that an export has"),
        (without_index, "it was not sealed yet"),
        (with_number, "the row can't be read"),
    ],
)
def test_a_line_of_jsonl_is_refused(
    folder: Path, change: Callable[[Row], None], words: str
) -> None:
    row = json.loads((folder / "records.jsonl").read_bytes().splitlines()[ALLOWED])

    change(row)

    assert words in said(line_of(row), "jsonl")


def test_a_row_that_should_bring_its_proof_and_has_none_is_refused(
    folder: Path,
) -> None:
    line = (folder / "records.jsonl").read_bytes().splitlines()[ALLOWED]

    assert "the row has no proof" in said(line, "jsonl", is_proved=True)


def cells_of(folder: Path) -> Row:
    text = (folder / "records.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return dict(rows[ALLOWED])


def csv_line(cells: list[str], quoting: Any = csv.QUOTE_ALL) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="").writerow(cells)
    return text.getvalue().encode()


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("code", "K7Q-4M3", "code is not what follows"),
        ("sentence", "It was allowed.", "sentence is not what follows"),
        ("salts", "{}", "has lost its salt"),
        ("salts", '{ "summary":"00"}', "salts is not in the form"),
        ("summary", "", "summary has lost its value"),
        ("summary", "something else", "summary is not what was sealed"),
        ("client_address", "192.0.2.1", "client_address is not what was sealed"),
        ("claim_use", "01", "claim_use is not what was sealed"),
        ("detail", "{}", "detail is not what was sealed"),
        ("index", "02", "the row can't be read"),
        ("index", "", "it was not sealed yet"),
        ("leaf", "", "the row can't be read"),
        ("leaf", "W10=", "the leaf is no object"),
        ("leaf", "e30", "not base64"),
        ("leaf", "e31=", "not base64 in its one spelling"),
    ],
)
def test_a_row_of_csv_is_refused(
    folder: Path, column: str, cell: str, words: str
) -> None:
    cells = cells_of(folder)
    assert said(csv_line([*cells.values()]), "csv") == ""

    cells[column] = cell

    assert words in said(csv_line([*cells.values()]), "csv")


def test_a_csv_that_is_quoted_otherwise_is_refused(folder: Path) -> None:
    cells = [*cells_of(folder).values()]

    assert "columns of an export" in said(csv_line(cells[:-2]), "csv")
    assert said(csv_line(cells, csv.QUOTE_MINIMAL), "csv") != ""
    assert said(csv_line(cells) + b" ", "csv") != ""
    assert said(csv_line(cells) + b"\r", "csv") != ""
    assert said(csv_line(cells).replace(b',"', b', "', 1), "csv") != ""
    assert said(csv_line(cells).replace(b"call.", b'"call.', 1), "csv") != ""


@pytest.mark.parametrize(
    "cell", ["'=1", "''=1;'=2", "a", "'a", "'='='='='='='='='='='='"]
)
def test_what_a_guard_could_have_made_is_tried(cell: str) -> None:
    tried = list(verify.unguarded(cell))

    assert tried
    assert all(verify.guarded(text) == cell for text in tried) or len(tried) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"call_id": ["x"]},
        {"call_id": "\ud800"},
        {"claim_use": 10**30},
        {"tenant": 10**30},
        {"at": "~ no time"},
        {"event": "log.heartbeat", "detail": [1]},
        {"event": "log.heartbeat", "detail": {"size": 10**30, "records": 1}},
        {"event": "retention.applied", "detail": {"ranges": [[0, "x"], [0, 1]]}},
    ],
)
def test_one_row_of_odd_values_costs_no_finding(folder: Path, odd: Row) -> None:
    lines = (folder / "records.jsonl").read_bytes().splitlines()
    row = json.loads(lines[ALLOWED])
    row["leaf"] |= odd
    lines[ALLOWED] = json.dumps(row, separators=(",", ":")).encode()
    (folder / "records.jsonl").write_bytes(b"\n".join([*lines, b""]))

    report = verified(folder)

    assert report.code == verify.TAMPERED
    assert ALLOWED in report.indexes()
