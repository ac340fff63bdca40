"""What every test shares; the servers are started by ``tests.settings``."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker
from pytest_socket import enable_socket

from approvals import gauges
from approvals.services import keyring
from approvals.services.slack import presses
from audit import patience
from audit.sealing import standing
from audit.services import floods
from governance import keys
from governance.operations import readiness
from proxy import limits, services
from proxy.credentials import revoking, watching
from tests.remotes import serving
from tests.run_log import RunLog
from tests.stage import Stage, answering, build_stage

# One machine is slower than the next; and what CI finds, everybody finds.
SLOW = [HealthCheck.too_slow]
settings.register_profile("everywhere", deadline=None, suppress_health_check=SLOW)
settings.register_profile(
    "ci", deadline=None, suppress_health_check=SLOW, derandomize=True
)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")

GUARDS = """
    SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger
    WHERE tgname LIKE 'append\\_only%%' AND tgenabled IN ('O', 'A')
"""
# What migrations put into tables, and what a flush must therefore put back.
TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      AND c.relname NOT IN (
        'django_migrations', 'django_content_type', 'auth_permission')
"""


# Deleting the few rows of a test is twenty times as fast as truncating every table.
EMPTY = """
    DO $$ DECLARE t regclass; BEGIN
      FOR t IN SELECT c.oid FROM pg_class c
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
          AND c.relname NOT IN (
            'django_migrations', 'django_content_type', 'auth_permission')
      LOOP EXECUTE format('DELETE FROM %s', t); END LOOP;
    END $$;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``./dev test --clients`` run the MCP clients that people use."""
    parser.addoption(
        "--clients",
        nargs="?",
        const="all",
        choices=("all", "ci"),
        help="run MCP clients in environments of their own; ci: only those of .ci/run",
    )


@dataclass(frozen=True, slots=True)
class Seed:
    """The rows that one table has after the migrations, as JSON."""

    table: str
    rows: str

    def sow(self) -> None:
        """Put the rows back."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.table} OVERRIDING SYSTEM VALUE "  # noqa: S608
                f"SELECT * FROM json_populate_recordset(NULL::{self.table}, %s)",
                [self.rows],
            )


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Flush past the triggers that guard evidence; only this runner may.

    A flush keeps what the migrations inserted, so the order of tests is free.
    """
    with django_db_blocker.unblock():
        seeds = _seeds()

    def guarded(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        with transaction.atomic():
            with _guards_off(), connection.cursor() as cursor:
                cursor.execute(EMPTY)
            for seed in seeds:
                seed.sow()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", guarded)
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the canary last, after whatever order was made: it reads the run's log."""
    items.sort(key=lambda item: item.path.name == "test_canary.py")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Give the network back: a test that patched it has put its guard back since."""
    enable_socket()


@pytest.fixture(scope="session", autouse=True)
def run_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunLog]:
    """Keep what the whole run logs."""
    log = RunLog(tmp_path_factory.mktemp("log"))
    logging.getLogger().addHandler(log)
    yield log
    logging.getLogger().removeHandler(log)
    log.close()


@pytest.fixture(autouse=True)
def _have_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where so much runs at once, what is done late is done all the same; whoever tests
    # an impatience sets it.
    monkeypatch.setattr(limits, "REDIS_SECONDS", 60)
    monkeypatch.setattr(patience, "PATIENCE_MS", 60_000)
    monkeypatch.setattr(presses, "OPEN_SECONDS", 60)
    monkeypatch.setattr(readiness, "QUEUE_SECONDS", 60)
    monkeypatch.setattr(revoking, "WAIT_SECONDS", 60)
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 60)


@pytest.fixture(autouse=True)
def _forget_keys() -> Iterator[None]:
    yield
    keys.forget()
    keyring.forget()


@pytest.fixture(autouse=True)
def _forget_standing() -> Iterator[None]:
    # A refusal holds for a second, and the next test's database was not rolled back.
    yield
    standing.forget()


@pytest.fixture(autouse=True)
def _forget_figures() -> Iterator[None]:
    yield
    gauges.DECIDING.forget()


@pytest.fixture(autouse=True)
def _forget_floods(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Else the first refusal of a kind would be on record in one test of a minute only.
    monkeypatch.setattr(floods, "_floods", floods.Floods())
    settler = floods.Settler(every=timedelta(days=1))
    monkeypatch.setattr(floods, "settler", settler)
    monkeypatch.setattr(limits, "_guessers", {})
    # One that found Redis away counts alone for seconds.
    monkeypatch.setattr(limits, "BUCKETS", limits.Buckets())
    yield
    settler.end()


@pytest.fixture(autouse=True)
def _watch_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # What a test keeps, a thread must not look for in the database of the next.
    watch = watching.Watch(every=timedelta(days=1).total_seconds())
    monkeypatch.setattr(watching, "WATCH", watch)
    yield
    watch.end()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


def _seeds() -> list[Seed]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        seeds = []
        for table in tables:
            cursor.execute(f"SELECT json_agg(t)::text FROM {table} t")  # noqa: S608
            seeds += [Seed(table, rows) for (rows,) in cursor.fetchall() if rows]
    return seeds


@contextmanager
def _guards_off() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(GUARDS)
        guards = cursor.fetchall()
        for table, trigger, _ in guards:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
        for table, trigger, enabled in guards:
            state = "ENABLE ALWAYS" if enabled == "A" else "ENABLE"
            cursor.execute(f"ALTER TABLE {table} {state} TRIGGER {trigger}")


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Stage]:
    """Return the world of ``tests.stage`` in front of a remote on the loopback."""
    with serving(answering()) as remote:
        yield build_stage(remote)
