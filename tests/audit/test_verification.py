"""Verifying the database itself: whoever writes past the triggers is named."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from audit import verify
from audit.models import Checkpoint, Leaf, Node, Record
from audit.services import verification
from audit.services.verification import verify_log, verify_record
from tests.audit.evidence import write
from tests.audit.sealed import seal_all, some_calls
from tests.conftest import _guards_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def records() -> list[str]:
    made = some_calls(3)
    seal_all()
    return made


def as_owner(sql: str, *parameters: str | bytes) -> None:
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def named(report: verify.Report) -> set[int | None]:
    return {f.place for f in report.findings if f.kind != verify.VERIFIED}


def test_an_untouched_log_verifies_and_the_result_is_recorded(
    records: list[str],
) -> None:
    told = io.StringIO()

    call_command("verify", stdout=told)

    assert told.getvalue().startswith("VERIFIED: 12 records, indexes 0 to 11")
    (result,) = Record.objects.filter(event="log.verified")
    assert result.detail is not None
    assert result.detail["records"] == 12


COLUMNS = [
    ("outcome", "'failed'"),
    ("tool", "'x'"),
    ("claim_use", "7"),
    ("detail", """'{"a": 1}'"""),
    ("at", "at + interval '1 second'"),
    ("scope", "NULL"),
    ("leaf", r"'\x7b7d'"),
]


@pytest.mark.parametrize(("column", "value"), COLUMNS)
def test_a_column_that_the_owner_rewrites_is_named(
    records: list[str], column: str, value: str
) -> None:
    as_owner(
        f"UPDATE audit_record SET {column} = {value} WHERE id = %s",  # noqa: S608
        records[6],
    )

    report = verify_log()

    assert report.result == verify.TAMPERED
    assert 6 in named(report)
    assert verify_record(records[6]).wrong
    assert not verify_record(records[5]).wrong


def test_a_personal_value_that_the_owner_rewrites_is_named(records: list[str]) -> None:
    as_owner("UPDATE audit_personal SET summary = 'x' WHERE record_id = %s", records[2])

    report = verify_log()

    assert report.result == verify.TAMPERED
    assert 2 in named(report)


def test_a_record_that_the_owner_deletes_is_missed(records: list[str]) -> None:
    as_owner("DELETE FROM audit_record WHERE id = %s", records[0])

    report = verify_log()

    assert (report.result, named(report)) == (verify.INCOMPLETE, {0})


def test_a_record_that_nobody_sealed_is_named(records: list[str]) -> None:
    added = write("key.created", {"tenant": "team-acme"})
    assert verify_log().result == verify.VERIFIED
    as_owner("DELETE FROM audit_unsealed WHERE record_id = %s", added)

    report = verify_log()

    assert report.result == verify.TAMPERED
    assert f"{added} is neither sealed nor waiting" in report.as_text()


@pytest.mark.parametrize("table", [Leaf, Checkpoint])
def test_a_part_of_the_log_that_the_owner_rewrites_is_named(
    records: list[str], table: type[Leaf] | type[Checkpoint]
) -> None:
    column = "leaf_hash" if table is Leaf else "root"
    name = table._meta.db_table  # noqa: SLF001 - Django's own way
    as_owner(
        f"UPDATE {name} SET {column} = %s",  # noqa: S608
        b"x" * 32,
    )

    assert verify_log().result == verify.TAMPERED


def test_a_subtree_that_the_owner_rewrites_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some_calls(65)
    seal_all()
    assert verify_log(is_quick=True).result == verify.VERIFIED
    assert Node.objects.count() == 1
    as_owner("UPDATE audit_node SET hash = %s", b"x" * 32)
    monkeypatch.setattr(verification, "HASHES", 50)

    report = verify_log(is_quick=True)

    assert report.result == verify.TAMPERED
    assert "subtree 1/0" in report.as_text()


def test_a_failure_is_recorded_and_the_command_ends_with_its_code(
    records: list[str],
) -> None:
    as_owner("UPDATE audit_record SET tool = 'x' WHERE id = %s", records[6])

    with pytest.raises(SystemExit) as ended:
        call_command("verify", "--json", stdout=io.StringIO())

    assert ended.value.code == verify.TAMPERED
    told = Record.objects.get(event="log.verify_failed")
    assert told.detail is not None
    assert told.detail["findings"][0]["index"] == 6
