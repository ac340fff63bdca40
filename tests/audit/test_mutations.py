"""No change of an export stays unseen: each is tried, and its index is named."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import verify
from tests.audit.auditing import verified

pytestmark = pytest.mark.django_db


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
