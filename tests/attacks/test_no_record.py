"""Evidence can't be written: a right was taken away, a disk is full."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import Approval, Claim, Vote
from audit.models import Record
from audit.services import RecordUnavailable
from proxy import ending
from proxy.models import Call
from proxy.settling import settle_stale
from tests.attacks.attack import token
from tests.racing import somebody_else
from tests.remotes import reply
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TABLES = ("audit_record", "audit_personal", "audit_unsealed")


@contextmanager
def unwritable(table: str) -> Iterator[None]:
    """Take away the right to insert, as somebody who tidies up roles would."""
    with somebody_else() as owner:
        owner.autocommit = True
        owner.execute(f"REVOKE INSERT ON {table} FROM CURRENT_USER")
        try:
            yield
        finally:
            owner.execute(f"GRANT INSERT ON {table} TO CURRENT_USER")


@contextmanager
def full(table: str) -> Iterator[None]:
    """Let every insert fail as on a full disk."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full';
            END $$;
            CREATE TRIGGER disk_full BEFORE INSERT ON {table}
              FOR EACH ROW EXECUTE FUNCTION disk_full()""")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER disk_full ON {table}")
            cursor.execute("DROP FUNCTION disk_full()")


FAILURES = [(unwritable, table) for table in TABLES] + [(full, "audit_record")]


def refuse(stage: Stage, **body: Any) -> None:
    answer = stage.post(body)
    assert answer.status_code == 503, answer.content
    assert answer.json()["code"] == "audit_unavailable"


@pytest.mark.parametrize(("fails", "table"), FAILURES)
def test_what_cannot_be_recorded_is_neither_spent_nor_sent(
    stage: Stage, fails: Any, table: str
) -> None:
    claim = stage.approved()
    shown, records = token(claim), Record.objects.count()

    with fails(table):
        refuse(stage, tool="github.comment_pr", args=COMMENT, claim=shown)
        refuse(stage, tool="github.read_pr", args=READ)  # reads have no exception

    assert Record.objects.count() == records
    assert not Call.objects.exists()
    assert Claim.objects.get(pk=claim.pk).uses == 0
    assert stage.sent() == 0
    again = stage.post({"tool": "github.comment_pr", "args": COMMENT, "claim": shown})
    assert again.status_code == 200
    assert stage.sent() == 1


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(stage: Stage) -> None:
    with unwritable("audit_record"):
        refuse(stage, tool="github.delete_repo")

    assert stage.sent() == 0


def test_nobody_is_asked_without_a_record(stage: Stage) -> None:
    stage.post({"tool": "github.read_pr", "args": READ})  # its session is open
    with unwritable("audit_record"):
        refuse(stage, tool="github.comment_pr", args=COMMENT)

    assert not Approval.objects.exists()


def test_a_vote_that_cannot_be_recorded_is_not_cast(stage: Stage) -> None:
    stage.call()

    with unwritable("audit_record"), pytest.raises(RecordUnavailable):
        stage.vote(stage.ana, "approve", stage.pending())

    assert not Vote.objects.exists()
    assert not Claim.objects.exists()
    assert stage.pending().state == "pending"


def test_an_outcome_that_cannot_be_recorded_is_told_as_unclear(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system of record does not know, nobody is told as a fact."""
    stage.approved()
    monkeypatch.setattr(ending, "OUTCOME_PAUSES_SECONDS", (0.0, 0.0))

    with somebody_else() as owner:
        owner.autocommit = True

        def answer_after_the_database(remote_socket: Any) -> None:
            owner.execute("REVOKE INSERT ON audit_record FROM CURRENT_USER")
            remote_socket.sendall(reply(status=201))

        stage.remote.answer = answer_after_the_database
        told = stage.post({"tool": "github.comment_pr", "args": COMMENT})
        owner.execute("GRANT INSERT ON audit_record TO CURRENT_USER")

    call = Call.objects.get()
    assert told.status_code == 504
    assert told.json()["code"] == "outcome_unknown"
    assert told.json()["call_id"] == call.pk
    assert call.state == Call.State.SENDING
    assert settle_stale(now=timezone.now() + timedelta(hours=1)) == 1
    events = Record.objects.of_call(call.pk).values_list("event", flat=True)
    assert list(events) == ["call.allowed", "call.unknown"]
    assert stage.sent() == 1
