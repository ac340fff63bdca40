"""What an auditor finds in an export."""

from pathlib import Path
from typing import Any, Final

import pytest

from audit import verify
from audit.exports import formats
from audit.exports.cells import guarded
from audit.exports.formats import csv_header, csv_lines
from audit.models import Record
from audit.rows import read_with_salts
from tests.audit.auditing import exported, verified
from tests.audit.evidence import CALL, NOW, write
from tests.audit.sealed import a_call, seal_all

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("export", ["records.jsonl", "records.csv"])
def test_a_whole_export_verifies(folder: Path, export: str) -> None:
    said = verified(folder, export=export)

    assert said.code == verify.VERIFIED, said.report
    assert said.report["records"] == said.report["size"] == 50
    assert said.report["findings"] == []


def test_the_quick_check_verifies_too(folder: Path) -> None:
    assert verified(folder, "--quick").code == verify.VERIFIED


def test_a_log_that_only_grew_agrees_with_its_checkpoints(folder: Path) -> None:
    write("call.replayed", {**CALL, "call_id": None})
    seal_all()
    later = exported(folder.parent / "later")

    said = verified(later, "--earlier", str(folder / "checkpoint"))
    assert said.code == verify.VERIFIED, said.report
    said = verified(folder, "--earlier", str(later / "checkpoint"))
    assert said.code == verify.VERIFIED
    assert "more than in this export" in str(said.report["findings"])


@pytest.mark.parametrize(
    ("event", "facts", "told"),
    [
        ("call.allowed", {}, "allowed more than once"),
        ("call.allowed", {"call_id": "cal_x"}, "spent twice"),
        ("call.completed", {}, "more than one outcome"),
        (
            "call.allowed",
            {"call_id": "cal_x", "claim_use": 2},
            "spent more often than 1",
        ),
        (
            "call.allowed",
            {
                "call_id": "cal_x",
                "claim_id": "clm_x",
                "policy": "required: 2 of reviewers, four_eyes",
            },
            "only 1 of 2 needed seats",
        ),
        ("approval.voted", {"fingerprint": b"f" * 32}, "another fingerprint"),
    ],
)
def test_what_no_honest_log_says_is_tampering(
    tmp_path: Path, event: str, facts: Any, told: str
) -> None:
    first: Any = {
        "call_id": f"cal_{0:026d}",
        "claim_id": f"clm_{0:026d}",
        "approval_id": f"apr_{0:026d}",
    }
    a_call(0)
    write(event, CALL | first | facts)
    seal_all()

    said = verified(exported(tmp_path / "out"))

    assert said.code == verify.TAMPERED
    assert told in str(said.report["findings"])


def test_a_call_that_never_ended_is_missed_after_ten_minutes(tmp_path: Path) -> None:
    write("call.allowed", {**CALL, "approval_id": None})
    write("key.created", {"tenant": "team-acme"}, now=NOW.replace(hour=10, minute=12))
    seal_all()
    young = exported(tmp_path / "young")
    write("key.created", {"tenant": "team-acme"}, now=NOW.replace(hour=11))
    seal_all()
    old = exported(tmp_path / "old")

    assert verified(young).code == verify.VERIFIED
    said = verified(old)
    assert said.code == verify.INCOMPLETE
    assert said.indexes() == {0}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing.jsonl", "--key", "no key", "--checkpoint", "nothing"],
        ["nothing.jsonl", "--key", "k", "--checkpoint", "c", "--no-such-option"],
    ],
)
def test_wrong_usage_is_exit_3_and_no_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main(arguments) == verify.USAGE
    assert capsys.readouterr().err.startswith("verify: ")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", verify.INCOMPLETE),
        (b"\x00" * 100, verify.USAGE),
        (b"[" * 100_000, verify.USAGE),
        (b'{"index":0,"leaf":{}}', verify.USAGE),
        (b"\xff\xfe", verify.USAGE),
        (b"null", verify.USAGE),
    ],
)
def test_an_unreadable_export_never_ends_in_a_traceback(
    folder: Path, data: bytes, code: int
) -> None:
    (folder / "records.jsonl").write_bytes(data)

    assert verified(folder).code == code


def test_the_verifier_knows_the_columns_and_the_guard_of_the_exports() -> None:
    assert tuple(verify.CSV_COLUMNS) == formats.CSV_COLUMNS
    for text in (
        "=1",
        " =1",
        "a;=1",
        "'=1",
        "a\n@x",
        "\uff1d1",
        "plain",
        '"-1',
        "''=1",
    ):
        assert verify.guarded(text) == guarded(text)
        assert text in list(verify.unguarded(guarded(text)))


HOSTILE: Final = ["=cmd()", "+1;=2", "-1\r\n=3", "'=4", '"@x"', "\t=5", "a\u2028b;+6"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_verify_in_both_forms(tmp_path: Path, text: str) -> None:
    write("session.opened", {"tenant": "t", "agent": text, "stated_reason": text})
    seal_all()
    out = exported(tmp_path / "out")
    rows = read_with_salts(Record.objects.filter(sealed__isnull=False))
    (out / "records.csv").write_bytes(csv_header() + csv_lines(rows, personal=True))

    assert verified(out).code == verify.VERIFIED
    said = verified(out, export="records.csv")
    assert said.code == verify.VERIFIED, said.report
