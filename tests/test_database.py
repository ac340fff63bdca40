"""The database of the tests is the real one, and a flush leaves it as migrated."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from django.utils import timezone

from audit.models import Record
from audit.services import record
from governance.models import Installation


@pytest.mark.django_db
def test_the_database_is_postgresql_15_or_newer() -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        assert cursor.fetchone()[0] >= 150_000


@pytest.mark.django_db
def test_the_role_of_the_tests_is_no_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_evidence_and_leaves_its_guards_on() -> None:
    with atomic():
        record("agent.suspended", now=timezone.now(), tenant="team-acme")

    call_command("flush", interactive=False, verbosity=0)

    assert Record.objects.count() == 0
    with (
        pytest.raises(DatabaseError, match="append-only"),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM audit_record")


@pytest.mark.django_db(transaction=True)
def test_a_flush_keeps_what_the_migrations_inserted() -> None:
    before = list(Installation.objects.values())

    call_command("flush", interactive=False, verbosity=0)

    assert list(Installation.objects.values()) == before != []
    with connection.cursor() as cursor:
        cursor.execute("SELECT failover_epoch()")
        assert cursor.fetchone()[0]
