"""What only all rows together can show."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import verify
from tests.audit.auditing import exported, verified
from tests.audit.evidence import CALL, NOW, write
from tests.audit.sealed import seal_all

pytestmark = pytest.mark.django_db
FIRST = NOW - timedelta(minutes=1)
SPENT: Any = CALL | {"call_id": "cal_1"}
BARE: Any = CALL | {"call_id": None}


def said_of(tmp_path: Path) -> tuple[int, str]:
    seal_all()
    said = verified(exported(tmp_path / "out"))
    return said.code, str(said.report["findings"])


def test_a_call_that_ended_before_it_was_allowed_is_tampering(tmp_path: Path) -> None:
    write("claim.minted", BARE)
    write("call.completed", SPENT)
    write("call.allowed", SPENT)

    code, told = said_of(tmp_path)

    assert code == verify.TAMPERED
    assert "ended before it was allowed" in told


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (["call.allowed", "claim.minted"], "spent before it was minted"),
        (["claim.revoked", "call.allowed"], "spent after it was revoked"),
    ],
)
def test_a_claim_that_was_spent_at_another_time_is_tampering(
    tmp_path: Path, events: list[str], words: str
) -> None:
    for event in [*events, "call.completed"]:
        write(event, SPENT if event.startswith("call") else BARE)

    code, told = said_of(tmp_path)

    assert code == verify.TAMPERED
    assert words in told


def test_what_is_missing_before_a_call_is_named(tmp_path: Path) -> None:
    write("call.completed", SPENT)
    other: Any = {**SPENT, "call_id": "cal_2", "claim_id": "clm_2"}
    write("call.allowed", other)

    code, told = said_of(tmp_path)

    assert code == verify.INCOMPLETE
    assert "that it was allowed is missing" in told
    assert "its minting is missing" in told


def heartbeat(**detail: Any) -> None:
    write("log.heartbeat", {"tenant": "team-acme", "detail": detail})


def test_a_heartbeat_without_its_count_is_tampering(tmp_path: Path) -> None:
    heartbeat(size=1)

    code, told = said_of(tmp_path)

    assert code == verify.TAMPERED
    assert "a heartbeat without its count" in told


def test_more_records_than_a_heartbeat_counted_are_tampering(tmp_path: Path) -> None:
    write("key.created", {"tenant": "team-acme"})
    heartbeat(size=1, records=0)

    code, told = said_of(tmp_path)

    assert code == verify.TAMPERED
    assert "more records of team-acme than counted" in told


def test_what_retention_took_is_noted_and_its_heartbeats_are_the_base(
    tmp_path: Path,
) -> None:
    for _ in range(3):
        write("key.created", {"tenant": "team-acme"}, now=FIRST)
    heartbeat(size=3, records=3)
    write("retention.applied", {"detail": {"ranges": [[0, 1], "odd"]}})
    heartbeat(size=4, records=4)
    seal_all()
    folder = exported(tmp_path / "out")
    rows = (folder / "records.jsonl").read_bytes().splitlines(keepends=True)

    (folder / "records.jsonl").write_bytes(b"".join(rows[2:]))
    said = verified(folder)
    assert said.code == verify.VERIFIED, said.report
    assert "2 records went by retention" in str(said.report["findings"])

    (folder / "records.jsonl").write_bytes(b"".join(rows[3:]))
    said = verified(folder)
    assert said.code == verify.INCOMPLETE
    assert "missing: index 0 to 2" in str(said.report["findings"])


def test_what_was_erased_is_told_from_what_was_left_out(tmp_path: Path) -> None:
    record = write("session.opened", BARE)
    write("person.erased", {"detail": {"records": {record: ["person"]}}})
    seal_all()

    said = verified(exported(tmp_path / "out", personal=False))

    assert said.code == verify.VERIFIED
    assert "personal values of 1 records were erased" in str(said.report["findings"])
