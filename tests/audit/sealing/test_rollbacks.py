"""Yesterday's backup is put back: nothing is sealed, nothing runs, until accepted."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from approvals.models import Claim
from audit import sealing
from audit.anchors.sending import anchor
from audit.errors import RecordUnavailable
from audit.models import (
    AnchorReceipt,
    Checkpoint,
    Leaf,
    LogState,
    Record,
    Unsealed,
)
from audit.sealing import standing
from governance.operations.readiness import evidence
from tests.audit.evidence import CALL, NOW, write
from tests.audit.sealed import assert_whole, seal_all, some_calls
from tests.conftest import _guards_off

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anchor_file(tmp_path: Path, settings: LazySettings) -> Path:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor" / "checkpoints")
    standing.forget()
    return Path(settings.AUDIT_ANCHOR_FILE)


def roll_back(size: int) -> None:
    """Make the database what it was at this size: as a restored backup is."""
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_record WHERE id IN"
            " (SELECT record_id FROM audit_leaf WHERE index >= %s)",
            [size],
        )
        cursor.execute("DELETE FROM audit_leaf WHERE index >= %s", [size])
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])
        cursor.execute("DELETE FROM audit_anchorreceipt WHERE size > %s", [size])
        if not size:
            cursor.execute("DELETE FROM audit_logkey")


def anchored_then_rolled_back(to: int) -> None:
    some_calls(1)
    seal_all()
    write("key.created", {"tenant": "team-acme"})
    seal_all()
    assert anchor(now=NOW) == 1
    roll_back(to)


@pytest.mark.parametrize("size", [0, 4])
def test_a_database_behind_its_anchor_is_detected_once(size: int) -> None:
    anchored_then_rolled_back(size)
    write("session.opened", {**CALL, "call_id": None})

    for _ in range(2):
        with pytest.raises(sealing.RolledBack, match="has seen"):
            sealing.seal(now=NOW)

    told = Record.objects.get(event="log.rollback_detected")
    assert told.detail is not None
    assert (told.detail["anchored_size"], told.detail["size"]) == (5, size)
    assert Leaf.objects.count() == size
    assert "rolled back" in (evidence(NOW) or "")


def test_another_root_at_the_anchored_size_is_detected() -> None:
    anchored_then_rolled_back(4)
    write("session.opened", {**CALL, "call_id": None})
    record = Unsealed.objects.get()
    Leaf.objects.create(index=4, record_id=record.pk, leaf_hash=record.leaf_hash)
    Checkpoint.objects.create(size=9, root=b"r" * 32, edge=b"", note="", at=NOW)

    found = sealing.contradiction()

    assert found is not None
    assert "has others" in found.sentence


def test_a_log_that_only_grew_is_no_rollback() -> None:
    some_calls(1)
    seal_all()
    anchor(now=NOW)
    some_calls(1)
    seal_all()

    assert sealing.contradiction() is None
    assert evidence(NOW) is None


def test_no_call_runs_on_a_database_that_was_rolled_back() -> None:
    anchored_then_rolled_back(4)
    sealing.insist(now=NOW)  # nobody has looked yet
    sealing.detect(now=NOW)
    standing.forget()

    with pytest.raises(RecordUnavailable):
        sealing.insist(now=NOW)


def test_accepting_revokes_every_live_claim_and_begins_a_log_with_another_name() -> (
    None
):
    anchored_then_rolled_back(4)
    sealing.detect(now=NOW)
    first = sealing.current_key()
    told = io.StringIO()

    call_command("log", "accept-rollback", "--reason", "disk died", stdout=told)

    second = sealing.current_key()
    assert first is not None
    assert second is not None
    assert second.origin == f"{first.origin}/2"
    assert Record.objects.filter(event="epoch.changed").count() == 1
    assert not Claim.objects.unspent().exists()
    accepted = Record.objects.get(event="log.rollback_accepted")
    assert accepted.personal.stated_reason == "disk died"
    checkpoint = seal_all()
    assert checkpoint.note.startswith(f"{second.origin}\n")
    assert anchor(now=NOW) == 1
    assert sealing.contradiction() is None
    assert evidence(Record.objects.latest("at").at) is None


def test_a_backup_from_before_the_acceptance_is_a_rollback_again() -> None:
    anchored_then_rolled_back(4)
    sealing.accept(reason="first", now=NOW)
    newest = seal_all()
    anchor(now=NOW)
    roll_back(newest.size)
    with _guards_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_logkey WHERE from_size > 0 AND id > 1")
        cursor.execute("DELETE FROM audit_logkey WHERE origin LIKE '%/2'")

    found = sealing.contradiction()

    assert found is not None
    assert sealing.accept(reason="again", now=NOW).endswith("/3")


def test_there_is_nothing_to_accept_where_nothing_was_rolled_back() -> None:
    some_calls(1)
    seal_all()

    with pytest.raises(CommandError, match="not behind"):
        call_command("log", "accept-rollback", "--reason", "x")
    with pytest.raises(CommandError, match="Say why"):
        call_command("log", "accept-rollback", "--reason", " ")


def test_strict_mode_stops_calls_while_sealing_lags(settings: LazySettings) -> None:
    write("call.allowed")
    late = NOW + timedelta(seconds=31)
    sealing.insist(now=late)  # by default they go on
    settings.AUDIT_MAX_LAG_SECONDS = 30
    standing.forget()

    with pytest.raises(RecordUnavailable):
        sealing.insist(now=late)

    seal_all()
    standing.forget()
    sealing.insist(now=late)


def test_lag_is_told_once_and_its_end_once() -> None:
    write("call.allowed")
    late = NOW + timedelta(seconds=11)

    for _ in range(2):
        sealing.watch(now=late)
    assert "lags by 11 s" in (evidence(late) or "")
    seal_all()
    for _ in range(2):
        sealing.watch(now=NOW + timedelta(seconds=12))

    events = Record.objects.filter(event__startswith="log.").order_by("id")
    assert [r.event for r in events] == ["log.lagging", "log.caught_up"]


def test_what_vanished_from_the_outbox_is_put_back_and_told() -> None:
    records = some_calls(2)
    Unsealed.objects.filter(pk__in=records[2:5]).delete()

    assert sealing.repair(now=NOW) == records[2:5]
    assert sealing.repair(now=NOW) == []

    seal_all()
    told = Record.objects.get(event="log.repaired")
    assert told.detail == {"count": 3, "records": records[2:5]}
    assert_whole()


def test_the_first_repair_adopts_what_is_older_than_its_window() -> None:
    write("call.allowed")
    Unsealed.objects.all().delete()
    sealing.repair(now=NOW)
    assert Unsealed.objects.count() == 2
    LogState.objects.update(repaired_at=NOW)
    Unsealed.objects.all().delete()

    later = Record.objects.latest("id").at + timedelta(days=4000)

    assert sealing.repair(now=later) == []


def test_each_tenant_gets_its_count_once_an_hour() -> None:
    some_calls(2)
    write("key.created", {"tenant": "team-zeta"})
    seal_all()

    assert sealing.beat(now=NOW)
    assert not sealing.beat(now=NOW + timedelta(minutes=59))
    seal_all()
    assert sealing.beat(now=NOW + timedelta(minutes=60))

    beats = Record.objects.filter(event="log.heartbeat").order_by("id")
    counts = [(b.tenant, (b.detail or {}).get("records")) for b in beats]
    assert set(counts[:3]) == {(None, None), ("team-acme", 8), ("team-zeta", 1)}
    assert set(counts[3:]) == {(None, None), ("team-acme", 9), ("team-zeta", 2)}


def test_the_anchors_file_gets_each_note_once(anchor_file: Path) -> None:
    some_calls(1)
    first = seal_all()
    assert anchor(now=NOW) == 1
    assert anchor(now=NOW) == 0
    # The machine went down in the middle of a note.
    anchor_file.write_bytes(anchor_file.read_bytes() + first.note.encode()[:40])
    some_calls(1)
    second = seal_all()
    assert anchor(now=NOW) == 1

    text = anchor_file.read_text()
    assert text.startswith(first.note)
    assert text.endswith(f"{second.note}\n")
    assert sealing.contradiction() is None
    receipts = AnchorReceipt.objects.order_by("size")
    assert list(receipts.values_list("size", flat=True)) == [4, 8]


def test_an_anchor_that_fails_is_told_once_and_its_recovery_once(
    settings: LazySettings, tmp_path: Path
) -> None:
    some_calls(1)
    seal_all()
    (tmp_path / "blocked").write_text("a file where a folder should be")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "blocked" / "checkpoints")

    assert [anchor(now=NOW), anchor(now=NOW)] == [0, 0]
    (tmp_path / "blocked").unlink()
    assert anchor(now=NOW) == 1

    events = Record.objects.filter(event__startswith="log.anchor").order_by("id")
    assert [r.event for r in events] == ["log.anchor_failed", "log.anchor_recovered"]
