"""What is told and stored once a claim is spent, whatever happens then."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import Delivery
from audit.models import Record
from audit.services import RecordUnavailable
from governance.decision import Reason
from proxy import ending, execution
from proxy.asking import Ended, Waiting
from proxy.ledger import Outcome, settle
from proxy.models import Call
from proxy.resolving import resolve_call
from proxy.tasks import run_approved
from tests.attacks.tools import publish_covered_write
from tests.racing import somebody_else, until_none_is_held
from tests.remotes import reply
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@contextmanager
def gone_while_it_is_sent(stage: Stage, table: str) -> Iterator[None]:
    """Let a table vanish after the request came and before it is answered."""

    def rename(old: str, new: str) -> None:
        with somebody_else() as other:
            other.execute(f"ALTER TABLE {old} RENAME TO {new}")
            other.commit()

    def script(remote: socket.socket) -> None:
        rename(table, "gone")
        remote.sendall(reply(status=201))

    stage.remote.answer = script
    try:
        yield
    finally:
        connection.close()
        rename("gone", table)


def events(call_id: str) -> list[str]:
    return list(Record.objects.of_call(call_id).values_list("event", flat=True))


def test_what_ran_is_told_though_nobody_could_be_notified(stage: Stage) -> None:
    stage.approved()

    with gone_while_it_is_sent(stage, "approvals_delivery"):
        answer = stage.call()

    assert isinstance(answer, Ended)
    assert (answer.state, answer.status) == ("completed", 201)
    assert events(answer.call_id) == ["call.allowed", "call.completed"]
    assert not Delivery.objects.filter(event="executed").exists()


def test_an_outcome_that_could_not_be_stored_is_told_as_unknown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "OUTCOME_PAUSES_SECONDS", (0, 0))
    stage.approved()

    with gone_while_it_is_sent(stage, "audit_record"):
        answer = stage.call()

    assert isinstance(answer, Ended)
    assert (answer.state, answer.reason) == ("outcome_unknown", Reason.OUTCOME_UNKNOWN)
    assert (answer.status, answer.body) == (None, None)
    assert stage.last_call().state == "sending"
    assert events(answer.call_id) == ["call.allowed"]
    assert stage.sent() == 1


def test_an_outcome_whose_commit_was_in_doubt_is_looked_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database took it, and the connection broke before it could say so."""
    monkeypatch.setattr(ending, "OUTCOME_PAUSES_SECONDS", (0, 0))
    tries: list[bool] = []

    def cut(outcome: Outcome, **kwargs: Any) -> bool:
        done = settle(outcome, **kwargs)
        tries.append(done)
        if len(tries) == 1:
            raise RecordUnavailable("call")
        return done

    monkeypatch.setattr(ending, "settle", cut)

    answer = stage.call("github.read_pr", args=READ)

    assert tries == [True, False]
    assert isinstance(answer, Ended)
    assert (answer.state, answer.body) == ("completed", b'{"ok":true}')
    assert events(answer.call_id) == ["call.allowed", "call.completed"]


@pytest.mark.parametrize(
    ("covered_write", "status", "code"),
    [(False, 502, "backend_error"), (True, 504, "outcome_unknown")],
)
def test_what_nobody_foresaw_while_sending_is_no_nothing_was_sent(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    covered_write: bool,
    status: int,
    code: str,
) -> None:
    publish_covered_write(stage)
    tool = "github.label_pr" if covered_write else "github.read_pr"

    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(execution, "send", broken)

    answer = stage.post({"tool": tool, "args": READ})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    call = Call.objects.get(pk=answer.json()["call_id"])
    assert call.state == ("outcome_unknown" if covered_write else "failed")
    assert len(events(call.pk)) == 2


@pytest.mark.parametrize(
    ("status", "is_handed_on"), [(404, True), (401, False), (302, False), (501, False)]
)
def test_an_answer_is_handed_on_the_first_time_and_later_or_never(
    stage: Stage, status: int, is_handed_on: bool
) -> None:
    stage.remote.answer = reply(b'{"message":"no"}', status=status)
    stage.approved()
    body = {"tool": "github.comment_pr", "args": COMMENT}

    first = stage.post(body)
    again = stage.post(body)
    fetched = stage.get(f"calls/{first.json()['call_id']}")

    assert (first.status_code, again.status_code) == (502, 502)
    assert (first.json()["replayed"], again.json()["replayed"]) == (False, True)
    assert fetched.json()["problem"]["code"] == "backend_error"
    told = [answer.json().get("result") for answer in (first, again, fetched)]
    shown = {
        "status": status,
        "content_type": "application/json",
        "body": {"message": "no"},
    }
    assert told == [shown if is_handed_on else None] * 3
    assert stage.sent() == 1


def test_an_empty_answer_is_an_answer(stage: Stage) -> None:
    stage.remote.answer = reply(b"", status=204, content_type="")
    stage.approved()

    answer = stage.post({"tool": "github.comment_pr", "args": COMMENT})

    assert answer.json()["result"] == {"status": 204, "content_type": "", "body": ""}


def test_a_repeat_while_it_runs_is_told_that_it_runs(stage: Stage) -> None:
    stage.approved()
    told: list[object] = []

    def script(remote: socket.socket) -> None:
        try:
            told.append(stage.call())
        finally:
            connection.close()
        remote.sendall(reply(status=201))

    stage.remote.answer = script

    ran = stage.call()

    assert isinstance(ran, Ended)
    assert told == [Waiting("sending", None, ran.call_id)]
    assert stage.sent() == 1


@pytest.mark.parametrize("kind", ["covered", "approved", "deferred"])
def test_no_connection_is_held_while_the_backend_works(stage: Stage, kind: str) -> None:
    def script(remote: socket.socket) -> None:
        until_none_is_held()
        remote.sendall(reply())

    stage.remote.answer = script
    if kind == "covered":
        stage.call("github.read_pr", args=READ)
    else:
        stage.call(mode="deferred" if kind == "deferred" else "now")
        stage.approve()
        if kind == "deferred":
            run_approved(stage.pending().pk)
        else:
            stage.call()

    assert stage.last_call().state == "completed"


def hang_up(_remote: socket.socket) -> None:
    raise EOFError


@pytest.mark.parametrize(
    ("finding", "then"),
    [
        ("happened", "Do not repeat it: go on"),
        ("did_not_happen", "An approval runs once. To try again"),
        ("cannot_tell", "Do not repeat it: ask the people"),
    ],
)
def test_what_a_person_found_out_is_told_to_the_agent(
    stage: Stage, finding: str, then: str
) -> None:
    stage.remote.answer = hang_up
    stage.approved()
    body = {"tool": "github.comment_pr", "args": COMMENT}
    lost = stage.post(body)
    call_id = lost.json()["call_id"]
    assert (lost.status_code, "finding" in lost.json()) == (504, False)

    resolve_call(
        call_id, by=stage.sam, finding=finding, note="I looked.", now=timezone.now()
    )
    again, fetched = stage.post(body), stage.get(f"calls/{call_id}").json()

    assert (again.status_code, again.json()["finding"]) == (504, finding)
    assert (fetched["status"], fetched["finding"]) == ("resolved", finding)
    assert fetched["problem"]["code"] == "outcome_unknown"
    for told in (again.json(), fetched["problem"]):
        assert told["next"].startswith(then)
    assert "I looked" not in again.text
    assert stage.sent() == 1


def test_an_approval_names_the_call_that_it_became(stage: Stage) -> None:
    stage.approved()
    ran = stage.post({"tool": "github.comment_pr", "args": COMMENT}).json()

    told = stage.get(f"approvals/{ran['approval_id']}").json()["approval"]

    assert (told["state"], told["call_id"]) == ("executed", ran["call_id"])
    assert "claim" not in told


def test_a_queued_call_is_told_as_it_stands(stage: Stage) -> None:
    read = {"tool": "github.read_pr", "args": READ, "mode": "deferred"}
    call_id = stage.post(read).json()["call_id"]

    told = stage.get(f"calls/{call_id}").json()

    assert told["status"] == "queued"
    assert told["finished_at"] is None
    assert {"result", "problem"}.isdisjoint(told)
