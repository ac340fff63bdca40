"""A part of the log: it brings its own proofs, and its heartbeats count it."""

import json
from pathlib import Path

import pytest
from django.test import Client

from audit import verify
from audit.filters import Filters
from tests.audit.auditing import exported, verified
from tests.audit.sealed import a_call, seal_all, seal_with_heartbeats, some_calls

pytestmark = pytest.mark.django_db


def test_a_part_brings_its_own_proofs_and_verifies(tmp_path: Path) -> None:
    for number in range(3):
        a_call(number, tenant=("team-acme", "team-zeta")[number % 2])
    seal_with_heartbeats()
    part = exported(tmp_path / "out", Filters(tenant="team-acme"))

    said = verified(part)

    assert not (part / "hashes.bin").exists()
    assert said.code == verify.VERIFIED, said.report
    assert said.report["records"] == 9
    assert "team-acme is whole before index 12" in said.report["findings"][0]["text"]


@pytest.mark.parametrize("kept", [0, 1, 8])
def test_a_tenants_file_that_was_cut_short_is_incomplete(
    tmp_path: Path, kept: int
) -> None:
    some_calls(3)
    seal_with_heartbeats()
    part = exported(tmp_path / "out", Filters(tenant="team-acme"))
    lines = (part / "records.jsonl").read_bytes().splitlines(keepends=True)
    (part / "records.jsonl").write_bytes(b"".join(lines[:kept]))

    said = verified(part)

    assert said.code == verify.INCOMPLETE
    assert verified(part, "--part").code == verify.VERIFIED


def test_a_tenants_file_without_its_later_heartbeats_is_incomplete(
    tmp_path: Path,
) -> None:
    some_calls(3)
    seal_with_heartbeats()
    a_call(1_200)  # as many times ten seconds later
    seal_all()
    part = exported(tmp_path / "out", Filters(tenant="team-acme"))

    said = verified(part)

    assert said.code == verify.INCOMPLETE
    assert "the last heartbeat of team-acme is of" in str(said.report["findings"])


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
    seal_with_heartbeats()
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
    size = seal_with_heartbeats().size
    part = exported(tmp_path / "out")
    (part / "hashes.bin").unlink()
    for form in ("csv", "jsonl"):
        page = olu.get(f"/audit/export.{form}?size={size}")
        (part / f"mine.{form}").write_bytes(page.getvalue())

    said = verified(part, "--proofs", str(part / "mine.jsonl"), export="mine.csv")

    assert said.code == verify.VERIFIED, said.report
    assert said.report["records"] == 9
