"""Deferred calls, as their agents ask for them: again, by key, and when it is busy."""

from contextlib import ExitStack

import pytest

from approvals.models import Claim
from governance.decision import Reason
from governance.errors import Denied
from proxy.asking import Ended, Waiting
from proxy.capacity import CAPACITY
from proxy.models import Call
from proxy.tasks import run_approved, run_call
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_deferred_call_is_queued_however_busy_its_backend_is(stage: Stage) -> None:
    backend = stage.comment.published.backend  # type: ignore[union-attr] # published

    with ExitStack() as seats:
        for number in range(backend.max_concurrent):
            seats.enter_context(
                CAPACITY.seat(f"team-{number}", backend.pk, backend.max_concurrent)
            )
        queued = stage.call("github.read_pr", args=READ, mode="deferred")
        with pytest.raises(Denied) as denial:
            stage.call("github.read_pr", args=READ)

    assert isinstance(queued, Waiting)
    assert denial.value.reason is Reason.BACKEND_BUSY
    assert Claim.objects.get().uses == 1


def test_who_asks_again_and_will_not_come_back_has_it_run_too(stage: Stage) -> None:
    stage.call()
    stage.call(mode="deferred")
    stage.approve()

    run_approved(stage.pending().pk)

    assert Call.objects.get().state == "completed"
    assert stage.pending().asks == 2


def test_who_asks_again_and_would_come_back_has_it_run_all_the_same(
    stage: Stage,
) -> None:
    stage.call(mode="deferred")
    stage.call()
    stage.approve()

    waiting = stage.call(mode="deferred")
    run_approved(stage.pending().pk)

    assert isinstance(waiting, Waiting)
    assert waiting.status == "queued"
    assert Call.objects.get().mode == "deferred"


def test_a_plain_call_that_comes_before_the_worker_spends_the_claim(
    stage: Stage,
) -> None:
    stage.call(mode="deferred")
    stage.approve()

    ended = stage.call()
    run_approved(stage.pending().pk)

    assert isinstance(ended, Ended)
    assert Call.objects.get().mode == "now"
    assert stage.sent() == 1


def test_a_key_finds_a_deferred_call_before_and_after_it_ran(stage: Stage) -> None:
    asked = {"args": READ, "mode": "deferred", "idempotency_key": "k1"}
    first = stage.call("github.read_pr", **asked)
    again = stage.call("github.read_pr", **asked)
    assert isinstance(first, Waiting)

    run_call(first.call_id or "")
    after = stage.call("github.read_pr", **asked)

    assert first == again
    assert isinstance(after, Ended)
    assert (after.call_id, after.replayed) == (first.call_id, True)
    assert after.body == b'{"ok":true}'
    assert stage.sent() == 1
