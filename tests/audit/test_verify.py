"""What an auditor finds in an export, and that no change of it stays unseen."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client

from audit import sealing, verify
from audit.exports import formats
from audit.exports.cells import guarded
from audit.exports.formats import csv_header, csv_lines
from audit.filters import Filters
from audit.models import Record
from audit.rows import read_with_salts
from tests.audit.auditing import exported, verified
from tests.audit.evidence import CALL, NOW, write
from tests.audit.sealed import a_call, seal_all, some_calls

pytestmark = pytest.mark.django_db
CALLS: Final = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Fifty records, sealed and exported as JSONL and as CSV."""
    some_calls(CALLS)
    write("session.opened", {**CALL, "call_id": None})
    write("lane.changed", {"tenant": "team-acme", "person": "sam"})
    seal_all()
    exported(tmp_path / "out")
    rows = read_with_salts(Record.objects.filter(sealed__isnull=False).order_by("pk"))
    rows.sort(key=lambda row: row["index"])
    data = csv_header() + csv_lines(rows, personal=True)
    (tmp_path / "out" / "records.csv").write_bytes(data)
    return tmp_path / "out"


@pytest.mark.parametrize("export", ["records.jsonl", "records.csv"])
def test_a_whole_export_verifies(folder: Path, export: str) -> None:
    said = verified(folder, export=export)

    assert said.code == verify.VERIFIED, said.report
    assert said.report["records"] == said.report["size"] == 50
    assert said.report["findings"] == []


def test_the_quick_check_verifies_too(folder: Path) -> None:
    assert verified(folder, "--quick").code == verify.VERIFIED


def changed(text: bytes) -> bytes:
    """Change the last byte that can be: a letter or a digit becomes another."""
    for at in range(len(text) - 1, -1, -1):
        if chr(text[at]).isalnum():
            other = b"7" if text[at : at + 1] != b"7" else b"8"
            return text[:at] + other + text[at + 1 :]
    return text + b"x"


def json_changes(line: bytes) -> Iterator[tuple[str, bytes]]:
    told = json.loads(line)
    parts = [("leaf", told["leaf"]), ("values", told["values"])]
    for group, members in [*parts, ("salts", told["salts"])]:
        for name, value in members.items():
            old = f"{json.dumps(name)}:{verify.canonical(value)}".encode()
            assert old in line, (group, name)
            where = line.rindex(old) if group == "salts" else line.index(old)
            if group == "values":
                where = line.index(old, line.rindex(b',"values":{'))
            new = old[: len(name) + 3] + changed(old[len(name) + 3 :])
            yield f"{group}.{name}", line[:where] + new + line[where + len(old) :]


def test_each_byte_column_of_each_row_of_jsonl_that_changes_is_named(
    folder: Path,
) -> None:
    path = folder / "records.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)

    for index, line in enumerate(lines):
        for number, (name, other) in enumerate(json_changes(line)):
            if number == index % 20:  # the whole file once a row, for it takes long
                path.write_bytes(b"".join([*lines[:index], other, *lines[index + 1 :]]))
                said = verified(folder)
            else:
                path.write_bytes(other)
                said = verified(folder, "--part")
            assert said.code in (verify.TAMPERED, verify.INCOMPLETE), name
            assert index in said.indexes(), (name, said.report)


def csv_rows(folder: Path) -> list[list[str]]:
    text = (folder / "records.csv").read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def write_csv(folder: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    (folder / "records.csv").write_bytes(text.getvalue().encode())


def test_each_cell_of_each_row_of_a_csv_that_changes_is_named(folder: Path) -> None:
    rows = csv_rows(folder)

    for index, row in enumerate(rows[1:]):
        for column, cell in enumerate(row):
            other = [*row]
            other[column] = changed(cell.encode()).decode()
            if column == index % len(row):
                write_csv(folder, [*rows[: index + 1], other, *rows[index + 2 :]])
                said = verified(folder, export="records.csv")
            else:
                write_csv(folder, [rows[0], other])
                said = verified(folder, "--part", export="records.csv")
            name = verify.CSV_COLUMNS[column]
            assert said.code in (verify.TAMPERED, verify.INCOMPLETE), name
            assert index in said.indexes() or name == "index", (name, said.report)


@pytest.mark.parametrize("export", ["records.jsonl", "records.csv"])
def test_a_row_removed_doubled_swapped_or_cut_is_named(
    folder: Path, export: str
) -> None:
    path = folder / export
    lines = path.read_bytes().splitlines(keepends=True)
    head = [lines.pop(0)] if export.endswith("csv") else []

    def said_of(*parts: list[bytes]) -> tuple[int, set[int]]:
        path.write_bytes(b"".join([*head, *(line for part in parts for line in part)]))
        said = verified(folder, export=export)
        return said.code, said.indexes()

    for index, line in enumerate(lines):
        code, named = said_of(lines[:index], lines[index + 1 :])
        assert code in (verify.TAMPERED, verify.INCOMPLETE)
        assert index in named
        code, named = said_of(lines[:index], [line, line], lines[index + 1 :])
        assert code == verify.TAMPERED
        assert index in named
        code, named = said_of(lines[:index])
        assert code in (verify.TAMPERED, verify.INCOMPLETE)
        assert index in named
        if index:
            swapped = [line, lines[index - 1]]
            code, named = said_of(lines[: index - 1], swapped, lines[index + 1 :])
            assert code == verify.TAMPERED
            assert index - 1 in named


def test_a_tail_that_is_cut_inside_a_row_is_named(folder: Path) -> None:
    path = folder / "records.jsonl"
    data = path.read_bytes()
    path.write_bytes(data[:-100])

    said = verified(folder)

    assert said.code == verify.TAMPERED
    assert 49 in said.indexes()


def test_every_byte_of_the_checkpoint_and_the_hashes_counts(folder: Path) -> None:
    for name, step in (("checkpoint", 1), ("hashes.bin", 16)):
        path = folder / name
        data = path.read_bytes()
        for at in range(0, len(data), step):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            said = verified(folder)
            assert said.code in (verify.TAMPERED, verify.INCOMPLETE), (name, at)
            if name == "hashes.bin":
                assert at // 32 in said.indexes()
        path.write_bytes(data)


def test_hashes_that_are_too_short_or_too_long_are_seen(folder: Path) -> None:
    path = folder / "hashes.bin"
    data = path.read_bytes()

    path.write_bytes(data[:-32])
    assert verified(folder).code in (verify.TAMPERED, verify.INCOMPLETE)
    path.write_bytes(data + b"x" * 32)
    assert verified(folder).code == verify.TAMPERED


def test_a_part_brings_its_own_proofs_and_verifies(tmp_path: Path) -> None:
    for number in range(3):
        a_call(number, tenant=("team-acme", "team-zeta")[number % 2])
    seal_all()
    part = exported(tmp_path / "out", Filters(tenant="team-acme"))

    said = verified(part)

    assert not (part / "hashes.bin").exists()
    assert said.code == verify.VERIFIED, said.report
    assert said.report["records"] == 8


def test_a_changed_proof_is_named(tmp_path: Path) -> None:
    some_calls(3)
    seal_all()
    part = exported(tmp_path / "out", Filters(tenant="team-acme"))
    lines = (part / "records.jsonl").read_bytes().splitlines(keepends=True)
    told = json.loads(lines[5])
    other = lines[5].replace(told["proof"][1].encode(), told["proof"][0].encode())
    (part / "records.jsonl").write_bytes(b"".join([*lines[:5], other, *lines[6:]]))

    said = verified(part)

    assert said.code == verify.TAMPERED
    assert 5 in said.indexes()


def test_a_record_that_a_tenants_export_lacks_is_missed_by_the_heartbeat(
    tmp_path: Path,
) -> None:
    some_calls(3)
    seal_all()
    assert sealing.beat(now=NOW)
    seal_all()
    part = exported(tmp_path / "out", Filters(tenant="team-acme"))
    assert verified(part).code == verify.VERIFIED
    lines = (part / "records.jsonl").read_bytes().splitlines(keepends=True)
    # All of one call, so that nothing else tells of it.
    (part / "records.jsonl").write_bytes(b"".join([*lines[:4], *lines[8:]]))

    said = verified(part)

    assert said.code == verify.INCOMPLETE
    assert "4 earlier records of team-acme" in str(said.report["findings"])
    assert verified(part, "--part").code == verify.VERIFIED


def test_an_export_without_personal_values_verifies(tmp_path: Path) -> None:
    some_calls(2)
    seal_all()
    bare = exported(tmp_path / "out", personal=False)

    said = verified(bare)

    assert said.code == verify.VERIFIED
    assert "left out" in said.report["findings"][0]["text"]
    assert "Comment on pull request" not in (bare / "records.jsonl").read_text()


def test_a_csv_is_verified_with_the_proofs_of_its_jsonl(
    tmp_path: Path, olu: Client
) -> None:
    some_calls(2)
    size = seal_all().size
    part = exported(tmp_path / "out")
    (part / "hashes.bin").unlink()
    for form in ("csv", "jsonl"):
        page = olu.get(f"/audit/export.{form}?size={size}")
        (part / f"mine.{form}").write_bytes(page.getvalue())

    said = verified(part, "--proofs", str(part / "mine.jsonl"), export="mine.csv")

    assert said.code == verify.VERIFIED, said.report
    assert said.report["records"] == 8


def test_a_log_that_only_grew_agrees_with_its_checkpoints(folder: Path) -> None:
    write("call.replayed", {**CALL, "call_id": None})
    seal_all()
    later = exported(folder.parent / "later")

    said = verified(later, "--earlier", str(folder / "checkpoint"))
    assert said.code == verify.VERIFIED, said.report
    said = verified(folder, "--earlier", str(later / "checkpoint"))
    assert said.code == verify.VERIFIED
    assert "more than in this export" in str(said.report["findings"])


@pytest.mark.parametrize(
    ("event", "facts", "told"),
    [
        ("call.allowed", {}, "allowed more than once"),
        ("call.allowed", {"call_id": "cal_x"}, "spent twice"),
        ("call.completed", {}, "more than one outcome"),
        (
            "call.allowed",
            {"call_id": "cal_x", "claim_use": 2},
            "spent more often than 1",
        ),
        (
            "call.allowed",
            {
                "call_id": "cal_x",
                "claim_id": "clm_x",
                "policy": "required: 2 of reviewers, four_eyes",
            },
            "only 1 of 2 needed seats",
        ),
        ("approval.voted", {"fingerprint": b"f" * 32}, "another fingerprint"),
    ],
)
def test_what_no_honest_log_says_is_tampering(
    tmp_path: Path, event: str, facts: Any, told: str
) -> None:
    first: Any = {
        "call_id": f"cal_{0:026d}",
        "claim_id": f"clm_{0:026d}",
        "approval_id": f"apr_{0:026d}",
    }
    a_call(0)
    write(event, CALL | first | facts)
    seal_all()

    said = verified(exported(tmp_path / "out"))

    assert said.code == verify.TAMPERED
    assert told in str(said.report["findings"])


def test_a_call_that_never_ended_is_missed_after_ten_minutes(tmp_path: Path) -> None:
    write("call.allowed", {**CALL, "approval_id": None})
    write("key.created", {"tenant": "team-acme"}, now=NOW.replace(hour=10, minute=12))
    seal_all()
    young = exported(tmp_path / "young")
    write("key.created", {"tenant": "team-acme"}, now=NOW.replace(hour=11))
    seal_all()
    old = exported(tmp_path / "old")

    assert verified(young).code == verify.VERIFIED
    said = verified(old)
    assert said.code == verify.INCOMPLETE
    assert said.indexes() == {0}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing.jsonl", "--key", "no key", "--checkpoint", "nothing"],
        ["nothing.jsonl", "--key", "k", "--checkpoint", "c", "--no-such-option"],
    ],
)
def test_wrong_usage_is_exit_3_and_no_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main(arguments) == verify.USAGE
    assert capsys.readouterr().err.startswith("verify: ")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"[" * 100_000,
        b'{"index":0,"leaf":{}}',
        b"\xff\xfe",
        b"null",
    ],
)
def test_an_unreadable_export_never_ends_in_a_traceback(
    folder: Path, data: bytes
) -> None:
    (folder / "records.jsonl").write_bytes(data)

    said = verified(folder)

    assert said.code in (verify.TAMPERED, verify.INCOMPLETE)


def test_the_verifier_knows_the_columns_and_the_guard_of_the_exports() -> None:
    assert tuple(verify.CSV_COLUMNS) == formats.CSV_COLUMNS
    for text in (
        "=1",
        " =1",
        "a;=1",
        "'=1",
        "a\n@x",
        "\uff1d1",
        "plain",
        '"-1',
        "''=1",
    ):
        assert verify.guarded(text) == guarded(text)
        assert text in list(verify.unguarded(guarded(text)))


HOSTILE: Final = ["=cmd()", "+1;=2", "-1\r\n=3", "'=4", '"@x"', "\t=5", "a\u2028b;+6"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_verify_in_both_forms(tmp_path: Path, text: str) -> None:
    write("session.opened", {"tenant": "t", "agent": text, "stated_reason": text})
    seal_all()
    out = exported(tmp_path / "out")
    rows = read_with_salts(Record.objects.filter(sealed__isnull=False))
    (out / "records.csv").write_bytes(csv_header() + csv_lines(rows, personal=True))

    assert verified(out).code == verify.VERIFIED
    said = verified(out, export="records.csv")
    assert said.code == verify.VERIFIED, said.report
