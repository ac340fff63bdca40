"""What the verifier says of a command that makes no sense, and how it reports."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from audit import verify
from audit.management.progress import bar
from tests.audit.auditing import verified
from tests.audit.sealed import vkey, written

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("checkpoint", b"", "is empty"),
        ("vkey.txt", b"\n", "--key holds no key"),
        ("vkey.txt", b"\xff\xfe", "--key"),
        ("vkey.txt", b"name+00000000+AAAA", "no key of Ed25519"),
        ("records.jsonl", b"sealwright.local\n9\n", "holds no record"),
        ("records.jsonl", b"\x7fELF\x00\xff", "holds no record"),
        ("records.csv", b"a,b\r\n", "does not begin with the columns"),
    ],
)
def test_a_file_that_makes_no_sense_is_wrong_usage(
    folder: Path, name: str, data: bytes, words: str
) -> None:
    written(folder, name, data)
    export = "records.csv" if name.endswith("csv") else "records.jsonl"

    said = verified(folder, export=export)

    assert said.code == verify.USAGE
    assert words in said.errors


def test_a_csv_alone_proves_nothing(folder: Path) -> None:
    (folder / "hashes.bin").unlink()

    said = verified(folder, export="records.csv")

    assert said.code == verify.USAGE
    assert "needs --hashes or --proofs" in said.errors


def test_proofs_are_taken_from_a_file_that_has_them(folder: Path) -> None:
    proofs = ("--proofs", str(folder / "records.jsonl"))

    said = verified(folder, *proofs, export="records.csv")

    assert said.code == verify.USAGE
    assert "rows without proofs" in said.errors


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    said = verified(folder, export="nothing.jsonl")

    assert said.code == verify.USAGE
    assert "nothing.jsonl can't be read" in said.errors


def test_a_checkpoint_of_another_key_is_tampering(folder: Path) -> None:
    other = verify.make_key(vkey().split("+")[0], b"k" * 32).text()
    written(folder, "vkey.txt", f"{other}\n")

    said = verified(folder)

    assert said.code == verify.TAMPERED
    assert "no known key has signed it" in str(said.report["findings"])


def test_people_are_told_what_was_found_and_how_much_more(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (folder / "records.jsonl").read_bytes().splitlines(keepends=True)
    written(folder, "records.jsonl", rows[0] * 60)
    files = ["--key", str(folder / "vkey.txt"), "--hashes", str(folder / "hashes.bin")]
    files += ["--checkpoint", str(folder / "checkpoint")]

    assert verify.main([str(folder / "records.jsonl"), *files]) == verify.TAMPERED

    told = capsys.readouterr().out
    assert told.startswith("TAMPERED: 60 records, indexes 0 to 0")
    assert "  tampered: index 0: the row is there twice, or out of order\n" in told
    assert "more\n" in told
    assert "  missing: index 1: missing: index 1 to 49\n" in told


def test_an_export_without_rows_is_said_to_be_empty(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(folder, "records.jsonl", b"")
    files = ["--key", str(folder / "vkey.txt"), "--hashes", str(folder / "hashes.bin")]
    files += ["--checkpoint", str(folder / "checkpoint")]

    verify.main([str(folder / "records.jsonl"), *files])

    assert capsys.readouterr().out.startswith("INCOMPLETE: no record\n")


def seen_on(terminal: int) -> str:
    """Return all that was written to the other end, which is closed by now."""
    seen = b""
    try:
        while more := os.read(terminal, 65_536):
            seen += more
    except OSError:
        os.close(terminal)
    return seen.decode()


def test_a_terminal_shows_how_far_the_verifier_got(folder: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, str(folder / "verify.py"), str(folder / "records.jsonl")]
    command += ["--key", str(folder / "vkey.txt"), "--hashes", "hashes.bin"]

    done = subprocess.run(  # noqa: S603 - our own file
        [*command, "--checkpoint", "checkpoint"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
    )

    os.close(theirs)
    assert done.returncode == verify.VERIFIED
    assert "verifying: 100 %" in seen_on(ours)


def test_a_terminal_shows_a_bar_and_a_file_does_not(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    with closing(os.fdopen(theirs, "w")) as terminal:
        draw = bar("exporting", terminal)
        for done in (0, 1, 1, 2):
            draw(done, 2)
    shown = seen_on(ours)
    with (tmp_path / "log").open("w") as file:
        bar("exporting", file)(1, 2)

    assert shown.count("\r") >= 3
    assert "50 %" in shown
    assert "100 %" in shown
    assert (tmp_path / "log").read_text() == ""
