"""Sealing, proving, exporting, erasing and the doors, under the roles of production."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from audit import sealing
from audit.anchors.sending import anchor
from audit.models import AnchorReceipt, Hold, Leaf, Record
from audit.services import place_hold, release_hold
from audit.services.retention import may_apply
from audit.services.verification import verify_and_record
from governance.models import User
from governance.operations.roles import AUDITED, grants_sql, roles_sql
from governance.services.erasure import erase_person
from tests.audit.reading import leave
from tests.proxy.mcp.client import MODERN, Mcp
from tests.remotes import serving
from tests.stage import COMMENT, READ, Stage, answering, build_stage

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

RUNNING = ["web", "worker"]
LOG = [
    "audit_leaf",
    "audit_node",
    "audit_checkpoint",
    "audit_anchorreceipt",
    "audit_logkey",
]


@pytest.fixture(autouse=True)
def _anchor(settings: LazySettings, tmp_path: Path) -> None:
    # What one test anchors, the database of the next has never seen.
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor" / "checkpoints")


@pytest.fixture
def roles() -> None:
    """Make the roles and grant them; the test's transaction takes them back."""
    with connection.cursor() as cursor:
        for statement in (*roles_sql(), *grants_sql()):
            cursor.execute(statement)
        for role in ("web", "worker", "auditor"):
            cursor.execute(f"GRANT sealwright_{role} TO CURRENT_USER")


@pytest.fixture
def world(roles: None) -> Iterator[Stage]:
    with serving(answering()) as remote:
        yield build_stage(remote)


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE sealwright_{role}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


def refused(role: str, words: str, table: str = "") -> bool:
    """Whether this role lacks the right to do it; ``$`` stands for the table."""
    statement = words.replace("$", table)
    with acting_as(role):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            return "permission denied" in str(error)
    return False


def all_tables() -> list[str]:
    return sorted(connection.introspection.django_table_names())


@pytest.mark.parametrize("role", RUNNING)
def test_no_table_of_the_program_is_forgotten(roles: None, role: str) -> None:
    for table in all_tables():
        assert not refused(role, "SELECT FROM $ LIMIT 1", table), table


def test_an_auditor_reads_what_is_audited_and_no_other_table(roles: None) -> None:
    for table in all_tables():
        may_not = refused("auditor", "SELECT FROM $ LIMIT 1", table)

        assert may_not is (table not in AUDITED), table
        assert refused("auditor", "DELETE FROM $", table), table


@pytest.mark.parametrize("role", RUNNING)
@pytest.mark.parametrize("table", LOG)
def test_the_log_only_grows_whoever_runs(roles: None, role: str, table: str) -> None:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
    sets = f"SET {columns[0].name} = {columns[0].name} WHERE false"

    for words in (f"UPDATE $ {sets}", "DELETE FROM $ WHERE false", "TRUNCATE $"):
        assert refused(role, words, table), words
    adds = "INSERT INTO $ SELECT * FROM $ WHERE false"
    assert refused(role, adds, table) is (role == "web")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logstate SET rollback_detected_at = NULL WHERE false",
        "DELETE FROM audit_logstate",
        "UPDATE audit_tenantcount SET records = 0 WHERE false",
        "UPDATE audit_hold SET released_at = now() WHERE false",
        "DELETE FROM audit_hold",
        "DELETE FROM audit_unsealed",
    ],
)
def test_a_web_process_touches_no_note_of_the_sealer_and_no_hold(
    roles: None, statement: str
) -> None:
    assert refused("web", statement)


def test_a_worker_deletes_no_hold_and_rewrites_none(roles: None) -> None:
    for statement in (
        "DELETE FROM audit_hold",
        "UPDATE audit_hold SET filters = '{}' WHERE false",
        "DELETE FROM audit_logstate",
    ):
        assert refused("worker", statement)


def test_the_worker_seals_anchors_counts_and_verifies(world: Stage) -> None:
    now = timezone.now()
    world.post({"tool": "github.read_pr", "args": READ})

    with acting_as("worker"):
        sealing.watch(now=now)
        sealing.seal_all(now=now)
        anchor(now=now)
        sealing.beat(now=now)
        sealing.repair(now=now)
        sealing.seal_all(now=now)
        report = verify_and_record(now=now)

    assert report.findings == []
    assert Leaf.objects.count() == Record.objects.exclude(event="log.verified").count()
    assert AnchorReceipt.objects.filter(anchor="file").exists()
    assert Record.objects.filter(event="log.heartbeat").exists()


def test_the_web_shows_proves_verifies_and_exports(world: Stage) -> None:
    call = world.post({"tool": "github.read_pr", "args": READ}).json()["call_id"]
    sealing.seal_all(now=timezone.now())
    record = Record.objects.filter(call_id=call).earliest("pk").pk
    session = Record.objects.get(pk=record).session_id

    with acting_as("web"):
        browser = Client()
        browser.force_login(
            User.objects.get(username="olu"),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        pages = [
            browser.get(f"/audit/{path}")
            for path in (
                "",
                "activity/",
                "log/",
                f"calls/{call}/",
                f"sessions/{session}/",
                f"records/{record}/proof",
            )
        ]
        verified = browser.post(f"/audit/calls/{call}/")
        export = browser.get("/audit/export.jsonl")
        lines = export.getvalue().splitlines()
        leave(export)  # type: ignore[arg-type]

    assert [page.status_code for page in pages] == [200] * 6
    assert "Verified just now" in verified.content.decode()
    sealed = Record.objects.filter(tenant="team-acme", sealed__isnull=False)
    assert len(lines) == sealed.count() > 0
    for event in ("proof.exported", "export.started", "export.finished"):
        assert Record.objects.filter(event=event).count() == 1


def test_the_web_seals_nothing(world: Stage) -> None:
    world.post({"tool": "github.read_pr", "args": READ})

    with (
        acting_as("web"),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        sealing.seal_all(now=timezone.now())

    assert not Leaf.objects.exists()


def test_the_worker_erases_a_person_and_places_and_releases_holds(
    world: Stage,
) -> None:
    world.approved(args=COMMENT)
    now = timezone.now()

    with acting_as("worker"):
        place_hold(
            "team-acme", filters={"agent": "nobody"}, why="case", by="sam", now=now
        )
        release_hold(Hold.objects.get(), by="sam", now=now)
        erase_person(world.ana, by=world.sam, now=now)
        assert not may_apply()

    assert Record.objects.filter(event="person.erased").exists()
    assert not Record.objects.filter(personal__person="ana").exists()


@pytest.mark.parametrize("version", [MODERN, "2025-11-25"])
def test_the_mcp_door_runs_under_the_web_role(world: Stage, version: str) -> None:
    with acting_as("web"):
        door = Mcp(world, version=version)
        if version != MODERN:
            door.initialize()
        door.call("github.read_pr", READ)

    assert world.sent() == 1
    assert Record.objects.filter(event="call.completed", door="mcp").count() == 1
