"""The owner of the tables tries to change what was recorded; the database refuses."""

import json
from pathlib import Path

import psycopg
import pytest
from django.contrib.admin.sites import site
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import RequestFactory

from audit.access import AuditScope
from audit.admin import RecordAdmin
from audit.models import (
    AnchorReceipt,
    Checkpoint,
    Leaf,
    LogKey,
    Node,
    Personal,
    Record,
)
from audit.triggers import GUARDED, missing_triggers
from tests.audit.evidence import row_of, write
from tests.audit.servers import superuser

pytestmark = pytest.mark.django_db
REFUSED = "append-only"

ATTACKS = {
    "update": "UPDATE audit_record SET tool = 'x'",
    "update of no row": "UPDATE audit_record SET tool = 'x' WHERE false",
    "delete": "DELETE FROM audit_record",
    "delete of no row": "DELETE FROM audit_record WHERE false",
    "truncate": "TRUNCATE audit_record",
    "truncate cascade": "TRUNCATE audit_record CASCADE",
    "upsert": """
        INSERT INTO audit_record SELECT * FROM audit_record
        ON CONFLICT (id) DO UPDATE SET tool = 'x'""",
    "merge": """
        MERGE INTO audit_record t USING (SELECT 1) s ON t.outcome = 'allowed'
        WHEN MATCHED THEN UPDATE SET tool = 'x'""",
    "merge that deletes": """
        MERGE INTO audit_record t USING (SELECT 1) s ON true
        WHEN MATCHED THEN DELETE""",
    "a writable view": """
        CREATE TEMPORARY VIEW v AS SELECT * FROM audit_record;
        UPDATE v SET tool = 'x'""",
    "a common table expression": """
        WITH gone AS (DELETE FROM audit_record RETURNING id) SELECT * FROM gone""",
    "an update under retention": """
        SET LOCAL sealwright.retention = 'on'; UPDATE audit_record SET tool = 'x'""",
    "truncate under retention": """
        SET LOCAL sealwright.retention = 'on'; TRUNCATE audit_record""",
    "retention misspelt": """
        SET LOCAL sealwright.retention = 'true'; DELETE FROM audit_record""",
    "delete of personal values": "DELETE FROM audit_personal",
    "truncate of personal values": "TRUNCATE audit_personal",
    "another personal value": "UPDATE audit_personal SET summary = 'x'",
    "another salt": r"UPDATE audit_personal SET summary_salt = '\x00'",
    "a personal value swapped": """
        UPDATE audit_personal SET summary = stated_reason, stated_reason = summary""",
    "an erasure that changes too": """
        UPDATE audit_personal
        SET summary = NULL, summary_salt = NULL, stated_reason = 'x'""",
    "an erasure that moves to another record": """
        UPDATE audit_personal
        SET record_id = 'x', summary = NULL, summary_salt = NULL""",
    "an update that changes nothing": "UPDATE audit_personal SET summary = summary",
    "an upsert of personal values": """
        INSERT INTO audit_personal SELECT * FROM audit_personal
        ON CONFLICT (record_id) DO UPDATE SET summary = 'x'""",
}


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("sql", ATTACKS.values(), ids=ATTACKS)
def test_the_owner_can_not_change_evidence(sql: str) -> None:
    record_id = write("call.allowed")
    before = row_of(record_id)

    with pytest.raises(DatabaseError, match=REFUSED):
        run(sql)

    assert row_of(record_id) == before


@pytest.mark.django_db(transaction=True)
def test_replica_mode_does_not_switch_the_triggers_off() -> None:
    record_id = write("call.allowed")

    with superuser() as session:
        session.execute("SET session_replication_role = 'replica'")
        for sql in ("UPDATE audit_record SET tool = 'x'", "DELETE FROM audit_personal"):
            with pytest.raises(psycopg.errors.RestrictViolation, match=REFUSED):
                session.execute(sql)
            session.rollback()
            session.execute("SET session_replication_role = 'replica'")

    assert row_of(record_id)["tool"] == "github.comment_pr"


def test_the_orm_can_not_change_evidence() -> None:
    kept = Record.objects.get(pk=write("call.allowed"))
    kept.tool = "x"

    for attack in (
        kept.save,
        kept.delete,
        Record.objects.all().delete,
        lambda: Record.objects.update(tool="x"),
        lambda: Record.objects.bulk_update([kept], ["tool"]),
        lambda: Record.objects.bulk_create(
            [kept],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["tool"],
        ),
    ):
        with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
            attack()


def test_loading_a_fixture_can_not_change_evidence(tmp_path: Path) -> None:
    record_id = write("call.allowed")
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "audit.record", output=str(dump))
    rows = json.loads(dump.read_text())
    rows[0]["fields"]["tool"] = "x"
    dump.write_text(json.dumps(rows))

    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        call_command("loaddata", str(dump), verbosity=0)

    assert row_of(record_id)["tool"] == "github.comment_pr"


def test_the_admin_offers_no_way_to_change_evidence() -> None:
    request = RequestFactory().get("/")
    request.audit_scope = AuditScope(None)  # type: ignore[attr-defined]
    shown = RecordAdmin(Record, site)

    assert shown.has_view_permission(request)
    assert not shown.has_add_permission(request)
    assert not shown.has_change_permission(request)
    assert not shown.has_delete_permission(request)


def test_retention_may_delete_as_the_owner_in_its_own_transaction() -> None:
    write("call.allowed")

    run("""
        SET LOCAL sealwright.retention = 'on';
        DELETE FROM audit_personal; DELETE FROM audit_record""")

    assert not Record.objects.exists()
    assert not Personal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_retention_is_over_with_its_transaction() -> None:
    run("SET LOCAL sealwright.retention = 'on'; DELETE FROM audit_record")

    with pytest.raises(DatabaseError, match=REFUSED):
        run("DELETE FROM audit_record")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["postgres", "sealwright_test_web"])
def test_retention_is_the_owners_alone(role: str) -> None:
    record_id = write("call.allowed")

    with superuser() as session:
        if role != "postgres":
            session.execute(f"CREATE ROLE {role}")
            session.execute(f"GRANT ALL ON audit_record TO {role}")
            session.execute(f"SET LOCAL ROLE {role}")
        session.execute("SET LOCAL sealwright.retention = 'on'")
        with pytest.raises(psycopg.errors.RestrictViolation, match=REFUSED):
            session.execute("DELETE FROM audit_record")
        session.rollback()

    assert row_of(record_id)["id"] == record_id


def test_a_personal_value_can_be_erased_with_its_salt() -> None:
    record_id = write("call.allowed")

    run("UPDATE audit_personal SET on_behalf_of = NULL, on_behalf_of_salt = NULL")

    kept = Personal.objects.get(pk=record_id)
    assert kept.on_behalf_of is None
    assert kept.on_behalf_of_salt is None
    assert kept.summary


@pytest.mark.parametrize("column", ["on_behalf_of", "on_behalf_of_salt"])
def test_a_value_and_its_salt_go_together(column: str) -> None:
    write("call.allowed")

    with pytest.raises(IntegrityError, match="personal_value_with_its_salt"):
        run(f"UPDATE audit_personal SET {column} = NULL")  # noqa: S608 (ours)


def test_an_erased_value_does_not_come_back() -> None:
    write("call.allowed")
    run("UPDATE audit_personal SET on_behalf_of = NULL, on_behalf_of_salt = NULL")

    with pytest.raises(DatabaseError, match=REFUSED):
        run(r"UPDATE audit_personal SET on_behalf_of = 'x', on_behalf_of_salt = '\x00'")


@pytest.mark.parametrize(
    "table",
    [
        "audit_leaf",
        "audit_node",
        "audit_checkpoint",
        "audit_anchorreceipt",
        "audit_logkey",
    ],
)
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE {} SET {} = {} WHERE false",
        "DELETE FROM {} WHERE false",
        "TRUNCATE {}",
        "SET LOCAL sealwright.retention = 'on'; DELETE FROM {}",
        "SET LOCAL session_replication_role = replica; DELETE FROM {}",
    ],
)
def test_the_log_is_append_only_even_for_retention(table: str, attack: str) -> None:
    column = {"audit_leaf": "index", "audit_checkpoint": "size"}.get(table, "id")

    with pytest.raises(DatabaseError, match=f"{REFUSED}|permission denied"):
        run(attack.format(table, column, column))


def test_the_check_at_start_finds_every_trigger() -> None:
    assert missing_triggers() == []


@pytest.mark.parametrize("state", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
def test_the_check_at_start_names_a_trigger_that_gives_way(state: str) -> None:
    run(f"ALTER TABLE audit_record {state} TRIGGER append_only")

    assert missing_triggers() == ["audit_record.append_only"]


def test_the_check_at_start_names_a_trigger_that_is_gone() -> None:
    run("DROP TRIGGER append_only_erase ON audit_personal")

    assert missing_triggers() == ["audit_personal.append_only_erase"]


def test_what_the_check_asks_for_covers_all_tables_of_evidence() -> None:
    evidence = (Record, Personal, Leaf, Node, Checkpoint, AnchorReceipt, LogKey)
    tables = {model._meta.db_table for model in evidence}  # noqa: SLF001

    assert set(GUARDED) == tables
