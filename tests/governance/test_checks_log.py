"""Production does not start on a log that knows less than its anchor."""

from pathlib import Path

import pytest
from celery.signals import worker_init
from django.core.checks import CheckMessage
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from audit import sealing
from audit.anchors.sending import anchor
from audit.models import LogState, Record
from audit.tasks import first_look
from governance import checks, keys
from governance.checks.database import database_problems
from governance.checks.log import rolled_back_log
from tests.audit.evidence import NOW
from tests.audit.sealed import seal_all, some_calls
from tests.conftest import _guards_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def anchored(settings: Settings, tmp_path: Path) -> Path:
    """Return the anchor's file of a log of four records."""
    settings.PRODUCTION = True
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor" / "checkpoints")
    some_calls(1)
    seal_all()
    anchor(now=NOW)
    return Path(settings.AUDIT_ANCHOR_FILE)


def restore_the_backup_of_before() -> None:
    with _guards_off(), connection.cursor() as cursor:
        for table in ("unsealed", "leaf", "checkpoint", "anchorreceipt", "personal"):
            cursor.execute(f"DELETE FROM audit_{table}")  # noqa: S608 - names above
        cursor.execute("DELETE FROM audit_record")


def told() -> list[CheckMessage]:
    """Return what the log is refused for, among all that is checked."""
    found = database_problems()
    return [each for each in found if each.id == "sealwright.rolled_back"]


def test_a_log_that_its_anchor_has_seen_starts(anchored: Path) -> None:
    assert told() == []


def test_a_fresh_installation_starts(settings: Settings, tmp_path: Path) -> None:
    settings.PRODUCTION = True
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "nothing" / "yet")

    assert list(rolled_back_log()) == []

    settings.AUDIT_ANCHOR_FILE = ""
    assert list(rolled_back_log()) == []
    assert not LogState.objects.exists()


def test_an_older_database_does_not_start_and_says_what_to_do(anchored: Path) -> None:
    restore_the_backup_of_before()

    (refusal,) = told()

    assert "with 4 records, the database has 0" in refusal.msg
    assert "Put the newer one back" in refusal.msg
    assert "manage.py log accept-rollback" in refusal.msg


def test_a_rewritten_log_does_not_start(anchored: Path) -> None:
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET root = %s", [b"r" * 32])

    (refusal,) = told()

    assert "the database has others" in refusal.msg


def test_the_sentence_is_how_the_process_ends(anchored: Path) -> None:
    restore_the_backup_of_before()

    with pytest.raises(SystemExit, match="- The database was rolled back"):
        checks.refuse_start()


def test_looking_changes_nothing_so_that_a_web_process_may(anchored: Path) -> None:
    restore_the_backup_of_before()

    told()

    assert not Record.objects.exists()
    assert not LogState.objects.filter(rollback_detected_at__isnull=False).exists()


def test_a_worker_records_what_keeps_it_from_starting(anchored: Path) -> None:
    restore_the_backup_of_before()

    first_look()

    recorded = Record.objects.get(event="log.rollback_detected")
    assert (recorded.detail or {})["anchored_size"] == 4
    anchored.unlink()
    assert len(told()) == 1  # as any process sees, with the file or without


def test_once_it_is_accepted_it_starts(anchored: Path) -> None:
    restore_the_backup_of_before()
    first_look()

    call_command("log", "accept-rollback", "--reason", "the disk was lost")

    assert told() == []
    seal_all()
    anchor(now=NOW)
    assert told() == []


def test_who_has_no_key_of_the_log_can_not_accept(
    anchored: Path, settings: Settings, tmp_path: Path
) -> None:
    restore_the_backup_of_before()
    first_look()
    settings.KEYS_DIR = tmp_path
    keys.forget()

    with pytest.raises(CommandError, match="run this where the worker runs"):
        call_command("log", "accept-rollback", "--reason", "the disk was lost")

    assert len(told()) == 1


def test_a_file_that_only_the_sealer_must_read(
    anchored: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(anchored.parent)  # a folder: nobody reads it

    (refusal,) = rolled_back_log()
    assert refusal.id == "sealwright.anchor_unreadable"

    settings.KEYS_DIR = tmp_path
    keys.forget()
    assert list(rolled_back_log()) == []
    assert sealing.current_key() is not None


def test_an_older_schema_is_told_alone(anchored: Path) -> None:
    restore_the_backup_of_before()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")

    found = [each.id for each in database_problems()]

    assert "sealwright.migrations" in found
    assert "sealwright.rolled_back" not in found


def lose_the_tree() -> None:
    """Take away what the root of the anchored size is made of."""
    some_calls(1)
    seal_all()
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_checkpoint WHERE size = 4")
        cursor.execute("DELETE FROM audit_leaf WHERE index < 4")


def test_what_breaks_the_first_look_keeps_no_worker_from_its_refusal(
    anchored: Path,
) -> None:
    lose_the_tree()

    with pytest.raises(SystemExit, match="Sealwright does not start"):
        worker_init.send(sender=None)


def test_a_check_that_breaks_is_a_refusal_too(anchored: Path) -> None:
    lose_the_tree()

    with pytest.raises(SystemExit, match=r"a check failed \(.+\).*mend it") as ending:
        checks.refuse_start()

    assert "manage.py doctor" in str(ending.value)
