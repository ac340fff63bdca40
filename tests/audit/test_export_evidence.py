"""``manage.py export_evidence``: a folder, or a sentence that says why not."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.exports import stream
from tests.audit.auditing import verified
from tests.audit.sealed import seal_all, some_calls
from tests.conftest import _guards_off

pytestmark = pytest.mark.django_db


def test_it_writes_a_folder_that_verifies(tmp_path: Path) -> None:
    some_calls(2)
    seal_all()
    told = io.StringIO()

    call_command("export_evidence", tmp_path / "out", stdout=told)

    assert told.getvalue().startswith("8 records in ")
    assert verified(tmp_path / "out").code == 0


def test_a_filter_makes_it_a_part_with_proofs(tmp_path: Path) -> None:
    some_calls(2)
    seal_all()

    call_command(
        "export_evidence",
        tmp_path / "out",
        "--event=call.allowed",
        "--no-personal",
        stdout=io.StringIO(),
    )

    assert "--part" in (tmp_path / "out" / "README.md").read_text()
    said = verified(tmp_path / "out", "--part")
    assert (said.code, said.report["records"]) == (0, 2)


def refused(folder: Path, *more: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("export_evidence", folder, *more, stdout=io.StringIO())
    return str(error.value)


def test_before_anything_is_sealed_there_is_nothing_to_export(tmp_path: Path) -> None:
    assert "Nothing is sealed yet" in refused(tmp_path / "out")


def test_a_filter_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "Write a day as" in refused(tmp_path / "out", "--from=yesterday")


def test_a_tenant_of_whom_there_is_no_record_is_refused(tmp_path: Path) -> None:
    some_calls(1)
    seal_all()

    assert "no record of a tenant “nope”" in refused(tmp_path / "out", "--tenant=nope")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    some_calls(1)
    seal_all()

    assert "can't be written" in refused(Path("/proc/evidence"))


def test_a_folder_that_has_an_export_is_left_alone(tmp_path: Path) -> None:
    some_calls(1)
    seal_all()
    (tmp_path / "records.jsonl").write_text("kept")

    assert "name a new folder" in refused(tmp_path)
    assert (tmp_path / "records.jsonl").read_text() == "kept"


def test_an_export_that_has_no_slot_is_not_made(tmp_path: Path) -> None:
    some_calls(1)
    seal_all()
    for _ in range(stream.AT_ONCE):
        assert stream._slots.acquire(blocking=False)  # noqa: SLF001 - as many exports do

    try:
        assert "can't be recorded" in refused(tmp_path / "out")
    finally:
        for _ in range(stream.AT_ONCE):
            stream._slots.release()  # noqa: SLF001 - as above


def test_an_export_that_can_not_be_recorded_is_not_made(tmp_path: Path) -> None:
    some_calls(1)
    seal_all()
    with _guards_off(), connection.cursor() as cursor:
        full = "ADD CONSTRAINT full_disk CHECK (false) NOT VALID"
        cursor.execute(f"ALTER TABLE audit_unsealed {full}")

    assert "can't be recorded" in refused(tmp_path / "out")
    assert (tmp_path / "out" / "records.jsonl").read_bytes() == b""
