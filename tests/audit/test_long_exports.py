"""A long export is cut into parts that all processors check; it changes no verdict."""

from pathlib import Path
from typing import Final

import pytest

from audit import verify
from tests.audit.auditing import exported, verified, with_csv
from tests.audit.sealed import seal_all, some_calls

pytestmark = pytest.mark.django_db
FORMS: Final = ["records.jsonl", "records.csv"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty records as both forms, of which a few rows are a part already."""
    some_calls(10)
    seal_all()
    monkeypatch.setattr(verify, "ALONE_BYTES", 1)
    monkeypatch.setattr(verify, "PIECE_BYTES", 10_000)
    return with_csv(exported(tmp_path / "out"))


@pytest.mark.parametrize("export", FORMS)
def test_parts_verify_as_the_whole_does(folder: Path, export: str) -> None:
    said = verified(folder, export=export)

    assert said.code == verify.VERIFIED, said.report
    assert (said.report["first"], said.report["last"]) == (0, 39)


@pytest.mark.parametrize("export", FORMS)
def test_a_row_of_any_part_that_differs_is_named(folder: Path, export: str) -> None:
    path = folder / export
    data = path.read_bytes()

    for number in (3, 33):
        scope = f"repo:payments-api/pull:{number // 4}".encode()
        at = data.index(b"github.comment_pr", data.rindex(scope) - 200)
        path.write_bytes(data[:at] + b"X" + data[at + 1 :])
        said = verified(folder, export=export)
        assert said.code == verify.TAMPERED
        assert {index // 4 for index in said.indexes()} == {number // 4}


@pytest.mark.parametrize("processors", [None, 1])
def test_one_processor_is_enough(
    folder: Path, monkeypatch: pytest.MonkeyPatch, processors: int | None
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: processors)

    assert verified(folder).code == verify.VERIFIED


def test_a_line_break_in_a_cell_ends_no_part(folder: Path) -> None:
    rows = (folder / "records.csv").read_bytes()
    pieces = []
    with (folder / "records.csv").open("rb") as file:
        file.readline()
        pieces = list(verify._pieces(file, "csv"))  # noqa: SLF001 - how it is cut

    assert len(pieces) > 2
    assert b"".join(pieces) == rows.partition(b"\r\n")[2]
    assert all(piece.endswith(b'"\r\n') for piece in pieces)


def test_a_row_that_never_ends_is_read_in_flat_pieces(folder: Path) -> None:
    (folder / "records.jsonl").write_bytes(b"x" * (3 * verify.ROW_BYTES))

    said = verified(folder)

    assert said.code == verify.USAGE
    assert "holds no record" in said.errors


@pytest.mark.parametrize("size", [0, 1, 5, 64, 100])
@pytest.mark.parametrize("step", [1, 3, 16, 64])
def test_a_tree_of_many_at_once_is_that_of_one_by_one(size: int, step: int) -> None:
    leaves = [verify.leaf_hash(b"%d" % number) for number in range(size)]
    one_by_one, many = verify.Peaks(), verify.Peaks()

    for leaf in leaves:
        one_by_one.add(leaf)
    for at in range(0, size, step):
        many.extend(b"".join(leaves[at : at + step]))

    assert (many.size, many.root()) == (one_by_one.size, one_by_one.root())
