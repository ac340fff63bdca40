"""Checkpoints that somebody kept: the log of today must have grown out of them."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from audit import proofs, verify
from audit.filters import Filters
from audit.models import Checkpoint
from tests.audit.auditing import exported, verified
from tests.audit.evidence import CALL, write
from tests.audit.sealed import seal_all, seal_with_heartbeats, some_calls, written

pytestmark = pytest.mark.django_db
OWN = Filters(tenant="team-acme")


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Checkpoint, Path]:
    """Give a checkpoint, and a tenant's export of the log when it had grown."""
    some_calls(3)
    earlier = seal_all()
    write("session.opened", {**CALL, "call_id": None})
    seal_with_heartbeats()
    folder = exported(tmp_path / "out", OWN)
    written(folder, "kept", earlier.note)
    return earlier, folder


def consistency(folder: Path, earlier: int, proof: list[bytes]) -> str:
    newest = Checkpoint.objects.newest()
    assert newest is not None
    told = [b64encode(each).decode() for each in proof]
    line = json.dumps({"from": earlier, "to": newest.size, "proof": told})
    return written(folder, "consistency", f"{line}\n")


def test_without_a_proof_between_them_nobody_can_tell(
    kept: tuple[Checkpoint, Path],
) -> None:
    _, folder = kept

    said = verified(folder, "--earlier", str(folder / "kept"))

    assert said.code == verify.INCOMPLETE
    assert "pass --consistency" in str(said.report["findings"])


def test_a_proof_between_them_is_enough(kept: tuple[Checkpoint, Path]) -> None:
    earlier, folder = kept
    newest = Checkpoint.objects.newest()
    assert newest is not None
    proof = proofs.consistency_of(earlier.size, newest)
    told = consistency(folder, earlier.size, proof)
    asked = ("--earlier", str(folder / "kept"), "--consistency", told)

    assert verified(folder, *asked).code == verify.VERIFIED

    consistency(folder, earlier.size, proof[::-1])
    said = verified(folder, *asked)
    assert said.code == verify.TAMPERED
    assert "the checkpoint of size 12 contradicts" in str(said.report["findings"])


def test_the_same_checkpoint_needs_no_proof(kept: tuple[Checkpoint, Path]) -> None:
    _, folder = kept

    said = verified(folder, "--earlier", str(folder / "checkpoint"))

    assert said.code == verify.VERIFIED, said.report


@pytest.mark.parametrize("text", ["[]", "{}", "no json", '{"from":1,"to":2,"proof":7}'])
def test_a_file_without_proofs_is_wrong_usage(
    kept: tuple[Checkpoint, Path], text: str
) -> None:
    _, folder = kept
    other = written(folder, "consistency", text)

    asked = ("--earlier", str(folder / "kept"), "--consistency", other)
    said = verified(folder, *asked)

    assert said.code == verify.USAGE
    assert "holds no consistency proofs" in said.errors


def test_a_checkpoint_of_another_log_is_no_earlier_one(
    kept: tuple[Checkpoint, Path],
) -> None:
    earlier, folder = kept
    other = earlier.note.replace(earlier.note.split("\n")[0], "other.example/log")
    written(folder, "kept", other)

    said = verified(folder, "--earlier", str(folder / "kept"))

    assert said.code == verify.TAMPERED
    assert "of another log" in str(said.report["findings"])
    assert "no earlier checkpoint is of this log" in str(said.report["findings"])


def test_a_forged_checkpoint_is_no_earlier_one(kept: tuple[Checkpoint, Path]) -> None:
    earlier, folder = kept
    written(folder, "kept", earlier.note.replace("\n12\n", "\n11\n"))

    said = verified(folder, "--earlier", str(folder / "kept"))

    assert said.code == verify.TAMPERED
    assert "is not the log's" in str(said.report["findings"])
