"""Deferred calls: a worker runs them from their rows, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from audit.models import Record
from governance.models import Agent, AgentKey, Route, RouteVersion
from governance.policy import forget
from governance.services import resume, suspend
from proxy import deferred, services
from proxy.asking import Ended, Waiting
from proxy.capacity import CAPACITY
from proxy.models import Call
from proxy.sessions import end_session
from proxy.settling import settle_stale
from proxy.tasks import run_approved, run_call, sweep_deferred
from tests.factories import AgentFactory
from tests.racing import meanwhile, somebody_else, until
from tests.remotes import Remote
from tests.stage import COMMENT, READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def approved_deferred(stage: Stage) -> Approval:
    stage.call(mode="deferred")
    stage.approve()
    return stage.pending()


def queued(stage: Stage) -> Call:
    """Return a call whose claim is spent, and which no worker has begun."""
    approval = approved_deferred(stage)
    assert deferred.run_approved(approval.pk, now=timezone.now()) is not None
    return Call.objects.get()


def events(call: Call) -> list[str]:
    return list(Record.objects.of_call(call.pk).values_list("event", flat=True))


def test_an_approved_request_is_run_by_a_worker(stage: Stage) -> None:
    waiting = stage.call(mode="deferred")
    assert isinstance(waiting, Waiting)
    stage.approve()

    run_approved(stage.pending().pk)

    call = Call.objects.get()
    assert (call.state, call.mode) == ("completed", "deferred")
    assert events(call) == ["call.allowed", "call.completed"]
    assert stage.pending().state == "executed"
    [received] = stage.remote.received
    assert received.body == b'{"body":"LGTM"}'
    assert received.all("Authorization") == [f"Bearer {SECRET}"]


def test_its_agent_polls_and_gets_the_result(stage: Stage) -> None:
    approval = approved_deferred(stage)
    before = stage.call(mode="deferred")

    run_approved(approval.pk)
    after = stage.call(mode="deferred")

    assert isinstance(before, Waiting)
    assert before.status == "queued"
    assert isinstance(after, Ended)
    assert (after.replayed, after.body) == (True, b'{"ok":true}')
    assert stage.sent() == 1


def test_a_covered_request_is_queued_at_once_with_a_claim_of_its_own(
    stage: Stage,
) -> None:
    waiting = stage.call("github.read_pr", args=READ, mode="deferred")

    assert isinstance(waiting, Waiting)
    assert waiting.call_id is not None
    assert stage.sent() == 0
    assert Claim.objects.get().approval_id is None
    run_call(waiting.call_id)
    assert stage.last_call().state == "completed"
    assert stage.sent() == 1


def test_it_is_not_run_before_its_yes(stage: Stage) -> None:
    stage.call(mode="deferred")

    run_approved(stage.pending().pk)

    assert not Call.objects.exists()
    assert stage.sent() == 0


def test_it_is_not_run_while_its_agent_is_suspended(stage: Stage) -> None:
    approval = approved_deferred(stage)
    agent = Agent.objects.get()
    suspend(agent, by=stage.sam, now=timezone.now())

    run_approved(approval.pk)

    assert not Call.objects.exists()
    assert stage.denials() == ["agent_suspended"]
    resume(agent, by=stage.sam, now=timezone.now())
    run_approved(approval.pk)
    assert stage.sent() == 1


def test_it_is_not_run_once_its_session_has_ended(stage: Stage) -> None:
    approval = approved_deferred(stage)
    end_session(approval.session, principal=stage.principal, now=timezone.now())

    run_approved(approval.pk)

    assert not Call.objects.exists()
    assert stage.sent() == 0


def test_what_is_suspended_between_the_spend_and_the_send_is_not_sent(
    stage: Stage,
) -> None:
    call = queued(stage)
    suspend(stage.comment, by=stage.sam, now=timezone.now())

    run_call(call.pk)

    call.refresh_from_db()
    assert (call.state, call.reason) == ("failed", "credential_unavailable")
    assert events(call) == ["call.allowed", "call.failed"]
    assert stage.sent() == 0


def test_it_keeps_its_mode_over_a_crash_and_still_runs_once(stage: Stage) -> None:
    """Nothing settles a queued call of this mode: it has not been begun."""
    call = queued(stage)

    assert settle_stale(now=timezone.now() + timedelta(hours=1)) == 0

    run_call(call.pk)
    run_call(call.pk)
    assert Call.objects.get().state == "completed"
    assert stage.sent() == 1


def test_one_that_was_queued_for_long_has_its_time_when_it_is_sent(
    stage: Stage,
) -> None:
    """Or the sweep would call it unclear while it is being sent."""
    call = queued(stage)
    long_ago = timezone.now() - timedelta(minutes=30)
    Call.objects.update(created_at=long_ago, deadline_at=long_ago)
    settled: list[int] = []

    def settle_while_it_is_sent(remote: Remote) -> None:
        answer = remote.answer
        assert isinstance(answer, bytes)

        def script(connection: object) -> None:
            with meanwhile(lambda: settle_stale(now=timezone.now())) as sweep:
                settled.append(sweep.result())
            connection.sendall(answer)  # type: ignore[attr-defined]  # a socket

        remote.answer = script

    settle_while_it_is_sent(stage.remote)
    run_call(call.pk)

    assert settled == [0]
    assert Call.objects.get().state == "completed"
    assert events(call) == ["call.allowed", "call.completed"]


def test_one_that_finds_no_seat_stays_queued(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = queued(stage)

    with monkeypatch.context() as patch:
        patch.setattr(CAPACITY, "_draining", True)
        run_call(call.pk)

    assert Call.objects.get().state == "queued"
    run_call(call.pk)
    assert stage.sent() == 1


def test_the_sweep_finds_what_a_lost_message_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = approved_deferred(stage)
    stage.call("github.read_pr", args=READ, mode="deferred")
    told: list[tuple[str, str]] = []
    monkeypatch.setattr("proxy.tasks.nudge", lambda task, row: told.append((task, row)))

    sweep_deferred()

    assert told == [
        ("proxy.run_approved", approval.pk),
        ("proxy.run_call", stage.last_call().pk),
    ]


def test_a_call_of_mode_now_is_none_of_a_workers_business(stage: Stage) -> None:
    stage.approved()
    stage.call()
    call = Call.objects.get()
    Call.objects.update(state="queued")

    run_call(call.pk)

    assert stage.sent() == 1
    until(lambda: events(call) == ["call.allowed", "call.completed"])


def test_the_sweep_begins_with_what_has_waited_longest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = approved_deferred(stage)
    stage.call(args={**COMMENT, "body": "Ship it"}, mode="deferred")
    stage.approve()
    told: list[str] = []
    monkeypatch.setattr("proxy.tasks.nudge", lambda _task, row: told.append(row))
    monkeypatch.setattr("proxy.tasks.BATCH", 1)

    sweep_deferred()

    assert told == [first.pk]


def test_one_whose_row_is_locked_waits_for_the_next_sweep(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 0.05)
    approval = approved_deferred(stage)

    with somebody_else() as other:
        other.execute("SELECT id FROM approvals_claim FOR UPDATE")
        assert deferred.run_approved(approval.pk, now=timezone.now()) is None

    assert deferred.run_approved(approval.pk, now=timezone.now()) is not None
    assert stage.denials() == []


def test_one_whose_route_was_published_anew_is_refused(stage: Stage) -> None:
    """Publishing takes the approval back; this is the second net."""
    approval = approved_deferred(stage)
    version = RouteVersion.objects.exclude(route=stage.comment).first()
    Route.objects.filter(pk=stage.comment.pk).update(published=version)
    forget()

    run_approved(approval.pk)

    assert stage.denials() == ["claim_wrong_route"]
    assert not Call.objects.exists()


def test_a_queued_call_of_an_agent_without_any_key_is_not_sent(stage: Stage) -> None:
    call = queued(stage)
    other = AgentFactory.create(name="other-agent", owner=stage.sam)
    AgentKey.objects.update(agent=other)

    run_call(call.pk)

    assert events(call) == ["call.allowed", "call.failed"]
    assert stage.sent() == 0
