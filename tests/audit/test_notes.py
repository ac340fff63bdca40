"""Signed notes and checkpoints, against the examples of their specifications."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from audit import assembly, merkle, verify

VECTORS: Final = Path(__file__).parents[1] / "data" / "c2sp-vectors"
NOTES: Final = VECTORS / "notes"
LOG: Final = VECTORS / "log"
SIZES: Final = range(16)


def key_of(path: Path) -> verify.Key:
    return verify.parse_key(path.read_text())


def leaves(size: int) -> list[bytes]:
    data = (LOG / "tile" / "0" / "000.p" / f"{size}").read_bytes() if size else b""
    return list(merkle.parted(data))


def test_the_example_verifies() -> None:
    key = key_of(NOTES / "example.vkey")

    text = verify.open_note((NOTES / "example.note").read_bytes(), [key])

    assert text == "This is an example message.\n"
    assert key.text() == (NOTES / "example.vkey").read_text().strip()


def test_the_example_with_any_byte_changed_is_refused() -> None:
    key = key_of(NOTES / "example.vkey")
    note = (NOTES / "example.note").read_bytes()

    for at in range(len(note)):
        for change in (1, 0x20, 0x80):
            changed = note[:at] + bytes([note[at] ^ change]) + note[at + 1 :]
            with pytest.raises(verify.Refused):
                verify.open_note(changed, [key])


@pytest.mark.parametrize("name", ["unverifiable.note", "checkpoint.note"])
def test_a_note_of_nobody_known_is_refused(name: str) -> None:
    key = key_of(NOTES / "example.vkey")

    with pytest.raises(verify.Refused, match="no known key"):
        verify.open_note((NOTES / name).read_bytes(), [key])


def test_a_checkpoint_is_read_whoever_signed_it_besides() -> None:
    for name in ("checkpoint.note", "checkpoint-cosigned.note"):
        text = (NOTES / name).read_text().rpartition("\n\n")[0] + "\n"

        checkpoint = verify.parse_checkpoint(text)

        assert checkpoint.origin == "example.com/behind-the-sofa"
        assert checkpoint.size == 20_852_163


@pytest.mark.parametrize("size", SIZES)
def test_each_checkpoint_of_a_real_log_verifies_under_its_tiles(size: int) -> None:
    key = key_of(LOG / "vkey.txt")
    note = (LOG / f"checkpoint.{size}").read_bytes()

    checkpoint = verify.open_checkpoint(note, [key])

    assert checkpoint.size == size
    assert merkle.root_of(merkle.extend(0, (), leaves(size)).edge) == checkpoint.root


def test_each_pair_of_checkpoints_of_a_real_log_is_consistent() -> None:
    key = key_of(LOG / "vkey.txt")
    notes = [(LOG / f"checkpoint.{size}").read_bytes() for size in SIZES]
    seen = [verify.open_checkpoint(note, [key]) for note in notes]
    rows = leaves(15)

    def read(level: int, first: int, count: int) -> list[bytes]:
        assert level == 0
        return rows[first : first + count]

    for later in SIZES:
        for earlier in range(1, later + 1):
            proof = merkle.Tree(later, read).consistency(earlier)
            roots = (seen[earlier].root, seen[later].root)
            verify.check_consistency((earlier, later), roots, proof)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_key_of_ours_is_refused(text: str) -> None:
    with pytest.raises(verify.Refused):
        verify.parse_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "origin\n1\nCsUY\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(verify.Refused):
        verify.parse_checkpoint(text)


def test_the_verifier_tells_the_sentence_as_the_program_does() -> None:
    assert verify.__file__ == str(assembly.VERIFIER)
    assert assembly.assembled() == assembly.VERIFIER.read_text(), (
        "run: python -m audit.assembly"
    )


def test_the_verifier_needs_nothing_of_ours(tmp_path: Path) -> None:
    alone = tmp_path / "verify.py"
    alone.write_bytes(assembly.VERIFIER.read_bytes())
    program = [sys.executable, "-I", str(alone), "nothing.jsonl", "--json"]
    program += ["--key", (NOTES / "example.vkey").read_text().strip()]

    ran = subprocess.run(  # noqa: S603 - our own file
        [*program, "--checkpoint", str(NOTES / "checkpoint.note")],
        check=False,
        capture_output=True,
        cwd=tmp_path,
    )

    assert ran.returncode == verify.TAMPERED
    assert json.loads(ran.stdout)["result"] == "tampered"
