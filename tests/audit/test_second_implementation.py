"""Somebody else's verifier of C2SP checkpoints and RFC 6962 proofs agrees with ours.

``proofbundle`` is a package of PyPI that shares no author and no line with us.
"""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from proofbundle.checkpoint import verify_checkpoint
from proofbundle.merkle import merkle_tree_hash, verify_consistency, verify_inclusion
from proofbundle.tlogproof import verify_tlog_proof

from audit import merkle, proofs
from audit.filters import Filters
from audit.models import Checkpoint, Record
from tests.audit.auditing import exported
from tests.audit.sealed import a_call, seal_all, some_calls, vkey

pytestmark = pytest.mark.django_db


def test_it_believes_our_checkpoints() -> None:
    some_calls(3)
    seal_all()
    a_call(9)
    seal_all()

    for checkpoint in Checkpoint.objects.all():
        told = verify_checkpoint(checkpoint.note, vkey())
        assert told["ok"] is True, told
        forged = checkpoint.note.replace("\n12\n", "\n13\n")
        assert forged == checkpoint.note or not verify_checkpoint(forged, vkey())["ok"]


def test_it_believes_our_proof_of_each_record_and_of_nothing_else() -> None:
    records = some_calls(4)
    seal_all()

    for record in records:
        proof = proofs.proof_of(record)
        assert proof is not None
        leaf = bytes(Record.objects.get(pk=record).leaf)
        assert verify_tlog_proof(proof.as_text(), leaf, vkey())["ok"] is True
        assert verify_tlog_proof(proof.as_text(), leaf + b" ", vkey())["ok"] is False


def test_it_finds_our_root_for_the_leaves_and_our_growth_consistent() -> None:
    some_calls(3)
    earlier = seal_all()
    some_calls(5)
    later = seal_all()
    sealed = Record.objects.order_by("sealed__index")
    leaves = [bytes(leaf) for leaf in sealed.values_list("leaf", flat=True)]

    proof = proofs.consistency_of(earlier.size, later)

    roots = (bytes(earlier.root), bytes(later.root))
    assert merkle_tree_hash(leaves) == roots[1]
    assert verify_consistency(earlier.size, later.size, proof, *roots)
    assert not verify_consistency(earlier.size, later.size, proof, *roots[::-1])
    assert merkle.root_of(merkle.parted(bytes(later.edge))) == roots[1]


def test_it_verifies_an_export_line_by_line(tmp_path: Path) -> None:
    for number in range(4):
        a_call(number, tenant=("team-acme", "team-zeta")[number % 2])
    seal_all()
    folder = exported(tmp_path / "out", Filters(tenant="team-acme"))
    note = (folder / "checkpoint").read_text()
    told = verify_checkpoint(note, (folder / "vkey.txt").read_text().strip())
    assert told["ok"] is True
    lines = (folder / "records.jsonl").read_bytes().splitlines()

    for line in lines:
        row = json.loads(line)
        leaf = line[line.index(b'"leaf":') + 7 : line.rindex(b',"values":{')]
        path = [b64decode(hashed) for hashed in row["proof"]]
        root = b64decode(note.split("\n")[2])
        size = int(note.split("\n")[1])
        assert verify_inclusion(leaf, row["index"], size, path, root)
        assert not verify_inclusion(leaf + b" ", row["index"], size, path, root)

    assert len(lines) == 8
