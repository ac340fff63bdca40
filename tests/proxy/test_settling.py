"""Calls that nobody will finish, payloads whose time is over, sessions that wait."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Delivery
from audit.models import Payload, Record
from governance.decision import Reason
from governance.models import AgentSession
from proxy.models import Call
from proxy.settling import (
    drop_payloads,
    keep_sessions_alive,
    settle_not_sent,
    settle_stale,
)
from proxy.tasks import settle
from tests.racing import at_once
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

HOUR = timedelta(hours=1)


def left(stage: Stage, **fields: Any) -> Call:
    """Return an approved call as a process that died left it."""
    stage.approved()
    stage.call()
    Call.objects.update(finished_at=None, **fields)
    return Call.objects.get()


def outcomes(call: Call) -> list[tuple[str, str | None]]:
    events = Record.objects.of_call(call.pk).order_by("id")
    return list(events.values_list("event", "reason"))[2:]


def test_what_was_being_sent_is_unclear(stage: Stage) -> None:
    call = left(stage, state="sending")
    Delivery.objects.all().delete()

    assert settle_stale(now=timezone.now() + HOUR) == 1

    call.refresh_from_db()
    assert (call.state, call.reason) == ("outcome_unknown", "outcome_unknown")
    assert call.finished_at is not None
    assert outcomes(call) == [("call.unknown", "outcome_unknown")]
    assert Delivery.objects.exists()  # somebody has to look into it
    assert stage.sent() == 1


def test_what_was_waiting_to_be_sent_by_its_request_has_failed(stage: Stage) -> None:
    call = left(stage, state="queued")

    assert settle_stale(now=timezone.now() + HOUR) == 1

    call.refresh_from_db()
    assert (call.state, call.reason) == ("failed", "unavailable")
    assert call.detail.startswith("It was not sent")
    assert outcomes(call) == [("call.failed", "unavailable")]


@pytest.mark.parametrize(
    "state", ["completed", "failed", "outcome_unknown", "resolved"]
)
def test_what_is_over_stays_as_it_ended(stage: Stage, state: str) -> None:
    call = left(stage, state=state)

    assert settle_stale(now=timezone.now() + HOUR) == 0

    assert Call.objects.get().state == state
    assert outcomes(call) == []


def test_what_is_still_in_time_is_let_run(stage: Stage) -> None:
    left(stage, state="sending")

    assert settle_stale(now=timezone.now()) == 0


def test_a_deferred_call_that_is_queued_waits_for_its_worker(stage: Stage) -> None:
    left(stage, state="queued", mode="deferred")

    assert settle_stale(now=timezone.now() + HOUR) == 0


def test_two_sweeps_at_once_settle_once(stage: Stage) -> None:
    call = left(stage, state="sending")
    later = timezone.now() + HOUR

    settled = at_once(*[lambda: settle_stale(now=later)] * 4)

    assert sum(settled) == 1
    assert len(outcomes(call)) == 1


def test_a_call_that_was_taken_meanwhile_is_not_called_unsent(stage: Stage) -> None:
    call = left(stage, state="sending")

    done = settle_not_sent(
        call, reason=Reason.UNAVAILABLE, why="a test", now=timezone.now()
    )

    assert not done
    assert outcomes(call) == []


def test_payloads_are_dropped_when_their_time_is_over_and_digests_stay(
    stage: Stage,
) -> None:
    stage.approved()
    stage.call()
    digest = bytes(Call.objects.get().args_digest)
    kept = Payload.objects.get().keep_until

    assert drop_payloads(now=kept - HOUR) == 0
    assert drop_payloads(now=kept + HOUR) == 1

    call = Call.objects.get()
    assert call.payload is None
    assert bytes(call.args_digest) == digest
    assert stage.pending().payload is None
    assert stage.get(f"calls/{call.pk}").json()["status"] == "completed"
    applied = Record.objects.get(event="retention.applied")
    assert applied.detail == {"payloads": 1}


def test_a_session_with_an_open_request_does_not_idle_out(stage: Stage) -> None:
    stage.call()
    stage.call("github.read_pr", args=READ, label="nothing is open here")
    idle = timezone.now() - timedelta(hours=23)
    AgentSession.objects.update(last_used_at=idle)

    assert keep_sessions_alive(now=timezone.now()) == 1

    waiting, done = AgentSession.objects.order_by("created_at")
    assert waiting.last_used_at > idle
    assert done.last_used_at == idle


def test_a_session_that_has_idled_out_is_not_brought_back(stage: Stage) -> None:
    stage.call()
    AgentSession.objects.update(last_used_at=timezone.now() - timedelta(hours=25))

    assert keep_sessions_alive(now=timezone.now()) == 0


def test_the_task_settles_and_keeps_alive_and_may_run_twice(stage: Stage) -> None:
    stage.call()
    AgentSession.objects.update(last_used_at=timezone.now() - timedelta(hours=2))
    before = timezone.now()

    settle()
    settle()

    assert AgentSession.objects.get().last_used_at >= before
