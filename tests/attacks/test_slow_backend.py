"""A slow backend, and an agent that keeps calling it, would take all our threads."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from approvals.models import Claim
from governance.decision import Reason
from governance.models import Backend
from tests.attacks.attack import Attack, token
from tests.attacks.neighbour import move_in
from tests.racing import meanwhile, until
from tests.remotes import reply, serving
from tests.stage import READ, Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def answers_now(stage: Stage) -> Iterator[threading.Event]:
    """Return what lets a backend go on that answers nobody until then."""
    go_on = threading.Event()

    def think(connection: socket.socket) -> None:
        go_on.wait(30)
        connection.sendall(reply())

    stage.remote.answer = think
    yield go_on
    go_on.set()


def test_a_slow_backend_takes_its_seats_and_nothing_else(
    stage: Stage, attack: Attack, answers_now: threading.Event
) -> None:
    claim = stage.approved()
    shown = token(claim)
    limit = Backend.objects.get().max_concurrent

    with serving(answering()) as remote, ExitStack() as calls:
        neighbour = move_in(remote)
        waiting = [
            calls.enter_context(
                meanwhile(lambda: stage.call("github.read_pr", args=READ))
            )
            for _ in range(limit)
        ]
        until(lambda: stage.sent() == limit)

        for _ in range(20):
            attack.assert_refused(Reason.BACKEND_BUSY, tool="github.read_pr", args=READ)
        problem = attack.assert_refused(Reason.BACKEND_BUSY, claim=shown)
        others = neighbour.post({"tool": "github.read_pr", "args": READ})

        assert problem["retryable"] is True
        assert problem["retry_after"] == 1
        assert Claim.objects.get(pk=claim.pk).uses == 0
        assert (others.status_code, len(remote.received)) == (200, 1)
        answers_now.set()
        ended = [call.result() for call in waiting]

    assert {each.state for each in ended} == {"completed"}  # type: ignore[union-attr]  # else it fails
    attack.runs(claim=shown)
    assert stage.sent() == limit + 1


def test_the_seats_are_free_again_after_a_backend_hung_up(
    stage: Stage, attack: Attack
) -> None:
    def hang_up(_connection: socket.socket) -> None:
        raise EOFError

    stage.remote.answer = hang_up
    for _ in range(Backend.objects.get().max_concurrent + 1):
        answer = stage.post({"tool": "github.read_pr", "args": READ})
        assert answer.json()["code"] == "backend_error"

    stage.remote.answer = reply()
    attack.runs(tool="github.read_pr", args=READ)
