"""A task comes twice, late, to two workers at once, or never; a worker is killed."""

import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Record
from proxy import deferred, execution
from proxy.backends.http import send
from proxy.credentials.lease import lease
from proxy.models import Call
from proxy.settling import settle_stale
from proxy.tasks import run_approved, run_call
from tests.attacks.processes import run_process
from tests.racing import WAIT_SECONDS, at_once, meanwhile
from tests.remotes import reply
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def approval_id(stage: Stage) -> str:
    """Return a deferred request that Ana has approved."""
    stage.call(mode="deferred")
    stage.approve()
    return stage.pending().pk


@pytest.fixture
def call_id(stage: Stage, approval_id: str) -> str:
    """Return the call that it became, which nobody has begun."""
    found = deferred.run_approved(approval_id, now=timezone.now())
    assert found is not None
    return found


class Killed(BaseException):
    """Ends a worker where it stands: nobody catches it."""


def events(call_id: str) -> list[str]:
    return list(Record.objects.of_call(call_id).values_list("event", flat=True))


def test_a_task_delivered_to_many_workers_at_once_runs_once(
    stage: Stage, approval_id: str
) -> None:
    at_once(*[lambda: run_approved(approval_id)] * 8)

    call = Call.objects.get()
    assert call.state == Call.State.COMPLETED
    assert events(call.pk) == ["call.allowed", "call.completed"]
    assert stage.sent() == 1


def test_a_call_delivered_to_many_workers_at_once_is_sent_once(
    stage: Stage, call_id: str
) -> None:
    at_once(*[lambda: run_call(call_id)] * 8)

    assert Call.objects.get().state == Call.State.COMPLETED
    assert events(call_id) == ["call.allowed", "call.completed"]
    assert stage.sent() == 1


def test_a_message_that_comes_again_while_it_is_sent_does_not_end_it(
    stage: Stage, call_id: str
) -> None:
    """The broker delivers again what nobody has acknowledged in time."""
    arrived, may_answer = threading.Event(), threading.Event()

    def answer_when_told(connection: socket.socket) -> None:
        arrived.set()
        assert may_answer.wait(WAIT_SECONDS)
        connection.sendall(reply(status=201))

    stage.remote.answer = answer_when_told
    with meanwhile(lambda: run_call(call_id)) as first:
        assert arrived.wait(WAIT_SECONDS)
        run_call(call_id)
        run_approved(stage.pending().pk)
        while_sent = Call.objects.get().state
        may_answer.set()
        first.result()

    assert while_sent == Call.State.SENDING
    assert Call.objects.get().state == Call.State.COMPLETED
    assert events(call_id) == ["call.allowed", "call.completed"]
    assert stage.sent() == 1


def test_two_that_both_saw_it_queued_do_not_end_each_others_call(
    stage: Stage, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has borrowed already, and finds that the first has taken it."""
    barrier = threading.Barrier(2)

    def borrow_together(*args: Any, **members: Any) -> object:
        barrier.wait(WAIT_SECONDS)
        return lease(*args, **members)

    monkeypatch.setattr(execution, "lease", borrow_together)
    at_once(lambda: run_call(call_id), lambda: run_call(call_id))

    assert Call.objects.get().state == Call.State.COMPLETED
    assert events(call_id) == ["call.allowed", "call.completed"]
    assert stage.sent() == 1


@pytest.mark.parametrize("sent", [0, 1])
def test_a_worker_that_is_killed_leaves_an_unclear_outcome(
    stage: Stage, call_id: str, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_killed(*args: Any, **members: Any) -> None:
        if sent:
            send(*args, **members)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(execution, "send", be_killed)
        with pytest.raises(Killed):
            run_call(call_id)

    run_call(call_id)  # the broker delivers it again to the next worker
    assert settle_stale(now=timezone.now() + timedelta(hours=1)) == 1
    run_call(call_id)

    assert Call.objects.get().state == Call.State.OUTCOME_UNKNOWN
    assert events(call_id) == ["call.allowed", "call.unknown"]
    assert stage.sent() == sent


def test_without_redis_calls_run_and_deferred_ones_wait_for_the_sweep(
    stage: Stage,
) -> None:
    nowhere = {"REDIS_URL": "unix:///nowhere/valkey.sock"}
    stage.approved()

    write = run_process(stage.key, environ=nowhere)
    read = run_process(
        stage.key, environ=nowhere, tool="github.read_pr", args=READ, mode="deferred"
    )

    assert [what for what, _ in write] == ["completed"]
    [(state, call_id)] = read
    assert state == "queued"
    assert stage.sent() == 1
    run_call(call_id)  # as the sweep, once Redis is back
    assert stage.sent() == 2
