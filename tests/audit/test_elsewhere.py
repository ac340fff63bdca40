"""The database is held against what was seen of its log outside of it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from audit import sealing, verify
from audit.anchors.sending import anchor
from audit.models import Checkpoint, LogKey
from audit.services.verification import verify_log
from tests.audit.auditing import exported, verified
from tests.audit.evidence import NOW
from tests.audit.sealed import a_call, seal_all
from tests.conftest import _guards_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Path:
    """Return the anchor's file, which has seen sizes 4 and 8."""
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor" / "checkpoints")
    for number in range(2):
        a_call(number)
        seal_all()
        anchor(now=NOW)
    return Path(settings.AUDIT_ANCHOR_FILE)


def cut_log(size: int) -> None:
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_record WHERE id IN"
            " (SELECT record_id FROM audit_leaf WHERE index >= %s)",
            [size],
        )
        cursor.execute("DELETE FROM audit_leaf WHERE index >= %s", [size])
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])


def texts(report: verify.Report) -> str:
    return " ".join(found.text for found in report.findings)


def test_a_log_that_agrees_with_its_anchor_is_verified(kept: Path) -> None:
    report = verify_log()

    assert (report.result, report.findings) == (verify.VERIFIED, [])


@pytest.mark.parametrize("size", [4, 0])
def test_a_log_that_was_cut_is_incomplete(kept: Path, size: int) -> None:
    cut_log(size)

    report = verify_log()

    assert report.result == verify.INCOMPLETE
    assert f"checkpoints has seen 8 records, here are {size}" in texts(report)


def test_a_note_whose_words_were_changed_is_told(kept: Path) -> None:
    text = kept.read_text()
    kept.write_text(text + text.replace("\n8\n", "\n6\n"))

    report = verify_log()

    assert report.result == verify.TAMPERED
    assert "checkpoints holds a checkpoint that is not the log's" in texts(report)


def test_leaves_that_were_changed_contradict_a_note_of_the_middle(kept: Path) -> None:
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_checkpoint WHERE size = 4")
        cursor.execute(
            "UPDATE audit_leaf SET leaf_hash = %s WHERE index = 3", [b"h" * 32]
        )

    assert "the checkpoint of size 4 contradicts" in texts(verify_log())


def notes_of(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [note.decode() for note in verify.parse_notes(file)]


@pytest.mark.parametrize("cut", [20, 60, 110, -30])
def test_a_note_that_a_crash_cut_off_hides_no_other(kept: Path, cut: int) -> None:
    first, last = notes_of(kept)
    kept.write_text(f"{first}\n{last[:cut]}\n\n{last}\n")

    assert notes_of(kept)[0] == first
    assert notes_of(kept)[-1] == last
    assert verify_log().result == verify.VERIFIED


def test_an_auditor_reads_an_anchor_file_with_a_torn_note(
    kept: Path, tmp_path: Path
) -> None:
    first, last = notes_of(kept)
    kept.write_text(f"{first}\n{last[:-30]}\n\n{last}\n")
    folder = exported(tmp_path / "export")

    said = verified(folder, "--earlier", str(kept))

    assert said.code == verify.VERIFIED
    assert "1 earlier checkpoints can't be read" in str(said.report["findings"])


def test_notes_of_another_log_are_noted_and_not_used(kept: Path) -> None:
    ours = kept.read_text()
    kept.write_text(ours + ours.replace("sealwright.local", "elsewhere.example"))

    report = verify_log()

    assert report.result == verify.VERIFIED
    assert "2 checkpoints of checkpoints are of another log: not used" in texts(report)


@pytest.mark.parametrize("text", ["", "no notes\n", None])
def test_an_anchor_that_lost_its_notes_is_told(kept: Path, text: str | None) -> None:
    kept.unlink()
    if text is not None:
        kept.write_text(text)

    report = verify_log()

    assert report.result == verify.INCOMPLETE
    assert "checkpoints has no checkpoint of this log" in texts(report)


def test_an_anchor_that_has_begun_nothing_yet_is_no_loss(
    settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "checkpoints")
    a_call(1)
    seal_all()

    assert verify_log().result == verify.VERIFIED


def test_a_file_of_an_auditor_without_our_notes_is_told(kept: Path) -> None:
    other = kept.parent / "wrong"
    other.write_text(kept.read_text().replace("sealwright.local", "other.example"))

    report = verify_log(earlier=[other])

    assert report.result == verify.INCOMPLETE
    assert "wrong has no checkpoint of this log" in texts(report)


def test_notes_are_read_however_their_lines_end(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes().replace(b"\n", b"\r\n"))
    assert len(notes_of(kept)) == 2
    assert verify_log().result == verify.VERIFIED

    cut_log(4)

    assert "checkpoints has seen 8 records, here are 4" in texts(verify_log())


def test_a_log_that_began_after_this_one_is_missing(kept: Path) -> None:
    text = kept.read_text()
    origin = text.split("\n")[0]
    kept.write_text(text + text.replace(origin, f"{origin}/2"))

    report = verify_log()

    assert report.result == verify.INCOMPLETE
    assert f"checkpoints has seen the log {origin}/2" in texts(report)


def test_a_key_that_was_taken_out_of_the_database_does_not_void_its_notes(
    kept: Path,
) -> None:
    with _guards_off():
        LogKey.objects.all().delete()

    report = verify_log()

    assert "the checkpoint of size 8 is not the log's" in texts(report)
    assert "checkpoints of checkpoints" not in texts(report)


def test_what_an_accepted_rollback_gave_up_is_not_missing(kept: Path) -> None:
    cut_log(4)
    sealing.detect(now=NOW)
    sealing.accept(reason="the disk died", now=NOW)
    seal_all()
    anchor(now=NOW)

    report = verify_log()

    assert report.result == verify.VERIFIED, texts(report)


def test_what_was_sealed_before_an_accepted_rollback_still_counts(kept: Path) -> None:
    cut_log(4)
    sealing.detect(now=NOW)
    sealing.accept(reason="the disk died", now=NOW)
    seal_all()
    note = Checkpoint.objects.get(size=4).note
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_checkpoint SET root = %s WHERE size = 4", [b"r" * 32]
        )
        cursor.execute(
            "UPDATE audit_leaf SET leaf_hash = %s WHERE index = 3", [b"h" * 32]
        )
    assert note in kept.read_text()

    assert "the checkpoint of size 4 contradicts" in texts(verify_log())


def test_a_file_that_can_not_be_read_is_no_tampering(kept: Path) -> None:
    with pytest.raises(CommandError, match="nowhere can't be read") as refused:
        call_command("verify", "--earlier", kept.parent / "nowhere")

    assert refused.value.returncode == verify.USAGE
