"""Outcomes that are told again: recorded, never spent or sent for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Claim
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import RouteVersion
from proxy.asking import Ended, Waiting
from proxy.models import Call
from proxy.replays import answer_of, replay_of_approval, replay_of_claim, spent_by
from tests.remotes import reply, then_close
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def ran(stage: Stage) -> Ended:
    stage.approved()
    answer = stage.call()
    assert isinstance(answer, Ended)
    return answer


def test_the_stored_outcome_is_told_as_it_was(stage: Stage) -> None:
    first = ran(stage)

    again = stage.call()

    assert isinstance(again, Ended)
    assert again.replayed
    for name in ("call_id", "state", "status", "body", "scope", "claim_id"):
        assert getattr(again, name) == getattr(first, name)


def test_that_it_was_told_again_is_on_record(stage: Stage) -> None:
    first = ran(stage)

    stage.call()

    record = stage.last_record()
    assert (record.event, record.call_id) == ("call.replayed", first.call_id)
    assert record.agent == "ci-agent"
    assert Record.objects.filter(event="call.allowed").count() == 1


def test_a_failure_is_told_again_with_the_backends_words(stage: Stage) -> None:
    stage.remote.answer = reply(b'{"message":"locked"}', status=422)
    ran(stage)

    again = stage.call()

    assert isinstance(again, Ended)
    assert again.reason is Reason.BACKEND_ERROR
    assert again.body == b'{"message":"locked"}'
    assert stage.sent() == 1


def test_an_unclear_outcome_is_told_again_and_never_tried_again(stage: Stage) -> None:
    stage.remote.answer = then_close(b"")
    ran(stage)

    again = stage.call()

    assert isinstance(again, Ended)
    assert again.reason is Reason.OUTCOME_UNKNOWN
    assert stage.sent() == 1


def test_a_call_that_is_under_way_is_no_outcome(stage: Stage) -> None:
    ran(stage)
    Call.objects.update(state="sending")

    answer = stage.call()

    assert isinstance(answer, Waiting)
    assert (answer.status, answer.call_id) == ("sending", Call.objects.get().pk)
    assert not Record.objects.filter(event="call.replayed").exists()


def test_an_outcome_without_its_payload_has_no_result(stage: Stage) -> None:
    ran(stage)
    Call.objects.update(payload=None)

    answer = answer_of(Call.objects.get())

    assert isinstance(answer, Ended)
    assert (answer.state, answer.body, answer.content_type) == ("completed", None, "")


@pytest.mark.parametrize(("seconds", "is_told"), [(-5, True), (5, False)])
def test_the_routes_replay_time_ends(stage: Stage, seconds: int, is_told: bool) -> None:
    ran(stage)
    call = Call.objects.get()
    life = RouteVersion.objects.get(pk=call.route_version_id).replay_seconds

    answer = replay_of_approval(
        stage.pending(),
        asked=stage.ask(),
        now=call.created_at + timedelta(seconds=life + seconds),
    )

    assert (answer is not None) == is_told


@pytest.mark.parametrize(
    ("key", "is_told"), [(None, True), ("monday", True), ("tuesday", False)]
)
def test_another_key_is_not_a_replay(
    stage: Stage, key: str | None, is_told: bool
) -> None:
    ran(stage)
    Call.objects.update(idempotency_key="monday")

    answer = replay_of_approval(
        stage.pending(), asked=stage.ask(idempotency_key=key), now=timezone.now()
    )

    assert (answer is not None) == is_told


def test_an_approval_that_ran_nothing_has_no_outcome(stage: Stage) -> None:
    stage.approved()

    told = replay_of_approval(stage.pending(), asked=stage.ask(), now=timezone.now())

    assert told is None


def test_a_claim_that_no_call_spent_has_no_outcome(stage: Stage) -> None:
    claim = stage.approved()

    with pytest.raises(Denied) as denial:
        replay_of_claim(claim.pk, key=None, now=timezone.now())

    assert denial.value.reason is Reason.CLAIM_SPENT


def test_only_the_agent_itself_learns_which_call_spent_a_claim(stage: Stage) -> None:
    first = ran(stage)
    claim = Claim.objects.get()

    assert spent_by(claim.pk, agent_id=stage.agent.pk) == first.call_id
    assert spent_by(claim.pk, agent_id=stage.agent.pk + 1) is None


def test_a_read_keeps_its_result_only_where_it_may_be_asked_for_again(
    stage: Stage,
) -> None:
    stage.call("github.read_pr", args=READ)
    plain = stage.last_call()
    stage.call("github.read_pr", args=READ, idempotency_key="monday")
    keyed = stage.last_call()

    assert plain.payload is not None
    assert keyed.payload is not None
    assert plain.payload.result is None
    assert bytes(keyed.payload.result or b"") == b'{"ok":true}'
