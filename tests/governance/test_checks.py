"""What refuses to start, and the sentence that says how to mend it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from pytest_django import Settings

from governance import checks, keys
from governance.checks.configuration import weak_configuration
from governance.checks.database import (
    DatabaseFacts,
    database_problems,
    demo_data,
    read_facts,
    unapplied_migrations,
    unguarded_evidence,
    weak_database,
)
from governance.checks.key_files import missing_keys, weak_keys
from governance.keys import make_keys
from governance.models import Installation

SOUND = DatabaseFacts(
    fsync="on",
    synchronous_commit="on",
    isolation="read committed",
    is_replica=False,
    is_superuser=False,
    owns_evidence=False,
    skew=timedelta(seconds=4),
)


def ids(found: Iterable[CheckMessage]) -> list[str]:
    return [str(problem.id).removeprefix("sealwright.") for problem in found]


@pytest.fixture
def production(settings: Settings, key_folder: Path) -> Settings:
    settings.PRODUCTION = True
    settings.DEBUG = False
    settings.SECRET_KEY = "s" * 50
    settings.ALLOWED_HOSTS = ["sealwright.example.com"]
    settings.PUBLIC_URL = "https://sealwright.example.com"
    for name in ("SESSION_COOKIE", "CSRF_COOKIE"):
        setattr(settings, f"{name}_SECURE", True)
        setattr(settings, f"{name}_HTTPONLY", True)
    return settings


@pytest.fixture
def key_folder(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    settings.KEYS_DIR = folder
    make_keys(folder, development=False)
    keys.forget()
    return folder


def test_a_sound_configuration_starts(production: Settings) -> None:
    assert checks.configuration_problems() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", True, "debug"),
        ("SECRET_KEY", "s" * 49, "secret_key"),
        ("ALLOWED_HOSTS", [], "allowed_hosts"),
        ("ALLOWED_HOSTS", ["a.example", "*"], "allowed_hosts"),
        ("PUBLIC_URL", "http://sealwright.example.com", "public_url"),
        ("SESSION_COOKIE_SECURE", False, "cookies"),
        ("SESSION_COOKIE_HTTPONLY", False, "cookies"),
        ("CSRF_COOKIE_SECURE", False, "cookies"),
        ("CSRF_COOKIE_HTTPONLY", False, "cookies"),
        ("CELERY_TASK_SERIALIZER", "pickle", "serializer"),
        ("CELERY_ACCEPT_CONTENT", ["json", "pickle"], "serializer"),
    ],
)
def test_production_refuses_a_weak_setting(
    production: Settings, name: str, value: object, expected: str
) -> None:
    setattr(production, name, value)

    assert ids(checks.configuration_problems()) == [expected]


def test_the_demo_may_have_them(production: Settings) -> None:
    production.PRODUCTION = False
    production.PUBLIC_URL = "http://127.0.0.1:8000"

    assert checks.configuration_problems() == []


class Replica:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"


def test_claims_are_never_read_from_a_replica(production: Settings) -> None:
    production.DATABASE_ROUTERS = [Replica()]

    assert set(ids(weak_configuration())) == {"replica"}


def test_atomic_requests_would_roll_back_the_evidence_of_refusals(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(production.DATABASES["default"], "ATOMIC_REQUESTS", True)

    assert ids(weak_configuration()) == ["atomic_requests"]


def test_keys_that_are_missing_are_refused_everywhere(
    key_folder: Path, settings: Settings
) -> None:
    settings.PRODUCTION = False
    (key_folder / "seal.key").unlink()
    next(key_folder.glob("claim-*.key")).unlink()

    assert ids(checks.configuration_problems()) == ["key_missing", "key_missing"]


def test_the_log_key_belongs_to_the_process_that_seals(key_folder: Path) -> None:
    (key_folder / "log.key").unlink()

    assert list(missing_keys()) == []


def test_a_folder_that_cannot_be_read_is_refused_everywhere(
    settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path / "nowhere"

    assert ids(missing_keys()) == ["keys_folder"]


def rewrite(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / name
        path.write_text(change(path.read_text()))

    return apply


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            rewrite("seal.key", lambda text: f"{keys.DEVELOPMENT_MARK}\n{text}"),
            ["key_development"],
        ),
        (lambda folder: (folder / "seal.key").chmod(0o604), ["key_readable"]),
        (rewrite("seal.key", lambda _: "A" * 43), ["key_default"]),
        (
            lambda folder: (folder / "nonce.key").write_text(
                "# another remark\n" + (folder / "seal.key").read_text()
            ),
            ["key_shared"],
        ),
    ],
    ids=["development", "world-readable", "default", "shared"],
)
def test_production_refuses_a_weak_key(
    key_folder: Path, spoil: Callable[[Path], object], expected: list[str]
) -> None:
    spoil(key_folder)

    assert ids(weak_keys()) == expected


def test_a_short_key_is_no_key(key_folder: Path) -> None:
    (key_folder / "seal.key").write_text("c2hvcnQ")

    assert ids(missing_keys()) == ["key_missing"]


def test_the_keys_of_the_demo_are_refused_in_production(
    settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path / "keys"
    made = make_keys(settings.KEYS_DIR, development=True)

    assert ids(weak_keys()) == ["key_development"] * len(made)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"is_superuser": True, "owns_evidence": True}, ["role"]),
        ({"owns_evidence": True}, ["role"]),
        ({"is_replica": True}, ["replica"]),
        ({"isolation": "repeatable read"}, ["isolation"]),
        ({"fsync": "off"}, ["durability"]),
        ({"synchronous_commit": "off"}, ["durability"]),
        ({"synchronous_commit": "remote_apply"}, []),
        ({"skew": timedelta(seconds=6)}, ["clock"]),
    ],
)
def test_production_refuses_a_weak_database(
    facts: dict[str, Any], expected: list[str]
) -> None:
    assert ids(weak_database(replace(SOUND, **facts))) == expected


@pytest.mark.django_db
def test_the_facts_are_the_databases_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    facts = read_facts()

    # The tests' database is careless and belongs to whoever runs them.
    assert facts.fsync == "off"
    assert facts.synchronous_commit == "off"
    assert facts.owns_evidence
    assert facts.isolation == "read committed"
    assert not facts.is_replica
    assert facts.skew < timedelta(seconds=60)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "trigger"),
    [("audit_record", "append_only"), ("approvals_vote", "append_only_erase")],
)
def test_a_trigger_that_is_off_is_missed(table: str, trigger: str) -> None:
    assert list(unguarded_evidence()) == []

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    (found,) = unguarded_evidence()

    assert f"{table}.{trigger}" in found.msg


@pytest.mark.django_db
def test_an_old_schema_is_refused() -> None:
    assert list(unapplied_migrations()) == []

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")

    assert ids(unapplied_migrations()) == ["migrations"]


@pytest.mark.django_db
def test_the_demo_is_no_production_data() -> None:
    assert list(demo_data()) == []

    Installation.objects.update(demo=True)

    assert ids(demo_data()) == ["demo"]


@pytest.mark.django_db
def test_every_check_of_the_database_runs_in_production(
    production: Settings,
) -> None:
    Installation.objects.update(demo=True)

    found = ids(database_problems())

    assert {"role", "durability", "demo"} <= set(found)


def test_a_process_that_must_not_serve_ends_with_the_sentences(
    settings: Settings, tmp_path: Path, db: None
) -> None:
    settings.KEYS_DIR = tmp_path / "nowhere"

    with pytest.raises(SystemExit) as ending:
        checks.refuse_start()

    assert "make it with `manage.py make_keys`" in str(ending.value)


def test_a_process_that_may_serve_goes_on(db: None) -> None:
    checks.refuse_start()


def test_djangos_own_checks_find_nothing_here() -> None:
    assert run_checks() == []
