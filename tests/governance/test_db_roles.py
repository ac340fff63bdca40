"""The database roles of production, on the real PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.models import Record
from governance.checks.database import read_facts
from governance.operations.roles import grants_sql, roles_sql
from governance.services.switches import suspend
from tests.remotes import serving
from tests.stage import READ, Stage, answering, build_stage

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def roles() -> None:
    """Make the roles and grant them; the test's transaction takes them back."""
    with connection.cursor() as cursor:
        for statement in (*roles_sql(), *grants_sql(), *grants_sql()):
            cursor.execute(statement)
        for role in ("web", "worker", "auditor"):
            cursor.execute(f"GRANT sealwright_{role} TO CURRENT_USER")


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE sealwright_{role}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def world(roles: None) -> Iterator[Stage]:
    with serving(answering()) as remote:
        yield build_stage(remote)


def test_the_web_role_can_run_a_governed_call(world: Stage) -> None:
    with acting_as("web"):
        read = world.post({"tool": "github.read_pr", "args": READ})
        asked = world.post({"tool": "github.comment_pr", "args": COMMENT})
        world.approve()
        ran = world.post({"tool": "github.comment_pr", "args": COMMENT})
        refused = world.post({"tool": "github.none", "args": {}})

    assert [a.status_code for a in (read, asked, ran, refused)] == [200, 202, 200, 404]
    assert world.sent() == 2
    assert Record.objects.filter(event="call.completed").count() == 2
    assert Record.objects.filter(event="call.denied").count() == 1


COMMENT = {"repo": "payments-api", "pull": 184, "body": "LGTM"}


def test_the_web_role_can_change_the_configuration(world: Stage) -> None:
    with acting_as("web"):
        suspend(world.agent, by=world.sam, now=timezone.now())

    world.agent.refresh_from_db()
    assert world.agent.suspended_at is not None


def test_neither_running_role_owns_evidence(roles: None) -> None:
    for role in ("web", "worker"):
        with acting_as(role):
            facts = read_facts()

        assert not facts.owns_evidence
        assert not facts.is_superuser


FORBIDDEN = [
    "UPDATE audit_record SET event = 'x.y'",
    "DELETE FROM audit_record",
    "TRUNCATE audit_record",
    "DELETE FROM audit_personal",
    "UPDATE approvals_vote SET verdict = 'approve'",
    "DELETE FROM approvals_vote",
    "DELETE FROM django_migrations",
    "ALTER TABLE audit_record DISABLE TRIGGER append_only",
    "CREATE TABLE mine (id int)",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ["web", "worker"])
def test_evidence_is_out_of_reach(roles: None, role: str, statement: str) -> None:
    with (
        acting_as(role),
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
    ):
        run(statement)


def test_only_the_worker_seals_and_erases(roles: None) -> None:
    for statement in (
        "DELETE FROM audit_unsealed",
        "UPDATE audit_personal SET person = NULL WHERE false",
        "UPDATE approvals_vote SET reason = NULL WHERE false",
    ):
        with acting_as("worker"):
            run(statement)
        with (
            acting_as("web"),
            pytest.raises(DatabaseError, match="permission denied"),
        ):
            run(statement)


def test_the_auditor_reads_evidence_and_nothing_else(roles: None) -> None:
    with acting_as("auditor"):
        run("SELECT * FROM audit_record")
        for statement in (
            "SELECT * FROM governance_credentiallane",
            "INSERT INTO audit_unsealed VALUES ('evt_1', '')",
        ):
            with pytest.raises(DatabaseError, match="permission denied"):
                run(statement)


def test_the_command_prints_either_half(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("db_roles", "--only", "roles")
    roles_told = capsys.readouterr().out
    call_command("db_roles")
    told = capsys.readouterr().out

    assert "CREATE ROLE sealwright_web" in roles_told
    assert "GRANT SELECT" not in roles_told
    assert told.startswith(roles_told)
    assert "GRANT SELECT, INSERT ON audit_record" in told
