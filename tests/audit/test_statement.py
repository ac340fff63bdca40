"""The evidence as part of a caller's own statement."""

import psycopg
import pytest
from django.db import connection

from audit.models import Personal, Record, Unsealed
from audit.services import evidence_ctes, prepare
from tests.audit.evidence import CALL, NOW, row_of
from tests.audit.servers import web_role

pytestmark = pytest.mark.django_db
WITH_SOURCE = "WITH spent AS (SELECT 1 WHERE %(is_spent)s),"
STATEMENT = f"{WITH_SOURCE}{evidence_ctes('x', source='spent')} SELECT 1"


@pytest.mark.parametrize("is_spent", [True, False])
def test_evidence_is_inserted_only_with_what_it_records(is_spent: bool) -> None:
    prepared = prepare("call.allowed", now=NOW, **CALL)

    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {**prepared.params("x"), "is_spent": is_spent})

    found = [
        model.objects.filter(pk=prepared.id).exists()
        for model in (Record, Personal, Unsealed)
    ]
    assert found == [is_spent] * 3


def test_several_rows_of_the_source_leave_one_record() -> None:
    prepared = prepare("call.allowed", now=NOW, **CALL)
    text = "WITH many AS (VALUES (1), (2)),"
    text += evidence_ctes("m", source="many") + " SELECT 1"

    with connection.cursor() as cursor:
        cursor.execute(text, prepared.params("m"))

    assert Record.objects.filter(pk=prepared.id).count() == 1


def test_two_records_go_into_one_statement() -> None:
    first = prepare("approval.approved", now=NOW, **CALL)
    second = prepare("claim.minted", now=NOW, **CALL)
    text = "WITH s AS (SELECT 1)," + evidence_ctes("a", source="s")
    text += "," + evidence_ctes("b", source="s") + " SELECT 1"

    with connection.cursor() as cursor:
        cursor.execute(text, {**first.params("a"), **second.params("b")})

    assert row_of(first.id)["event"] == "approval.approved"
    assert row_of(second.id)["event"] == "claim.minted"


def test_the_statement_can_be_prepared_on_the_server() -> None:
    prepared = prepare("call.allowed", now=NOW, **CALL)
    params = {**prepared.params("x"), "is_spent": True}
    connection.ensure_connection()

    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(STATEMENT, params, prepare=True)

    assert row_of(prepared.id)["leaf"] == prepared.leaf


@pytest.mark.parametrize(
    ("prefix", "source"), [("a b", "spent"), ("a", "spent; DROP"), ("", "spent")]
)
def test_names_are_ours(prefix: str, source: str) -> None:
    with pytest.raises(ValueError, match="identifiers of ours"):
        evidence_ctes(prefix, source=source)


@pytest.mark.django_db(transaction=True)
def test_a_role_that_may_only_insert_and_read_can_record() -> None:
    prepared = prepare("call.allowed", now=NOW, **CALL)

    with web_role() as session:
        session.execute(STATEMENT, {**prepared.params("x"), "is_spent": True})
        found = session.execute("SELECT id FROM audit_record").fetchall()

    assert found == [(prepared.id,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_record SET tool = 'x'",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record",
        "UPDATE audit_personal SET summary = NULL, summary_salt = NULL",
        "DELETE FROM audit_unsealed",
        "ALTER TABLE audit_record DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON audit_record",
        "SET LOCAL session_replication_role = 'replica'",
    ],
)
def test_that_role_can_do_nothing_else(sql: str) -> None:
    with (
        web_role() as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(sql)
