"""An agent says the same again, with and without a key that makes it the same."""

from datetime import timedelta

import pytest

from audit.models import Record
from governance import policy
from governance.decision import Reason
from governance.models import RouteVersion
from proxy.models import Call
from tests.attacks.attack import Attack
from tests.factories import ToolsetFactory, agent_with_key
from tests.racing import at_once
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

WRITE = {"tool": "github.comment_pr", "args": COMMENT}
COVERED = {"tool": "github.read_pr", "args": READ}


def keyed(stage: Stage, body: object, key: str) -> tuple[int, dict[str, object]]:
    answer = stage.post(body, **{"Idempotency-Key": key})
    return answer.status_code, answer.json()


def test_the_same_key_gets_the_stored_outcome(stage: Stage) -> None:
    first_status, first = keyed(stage, COVERED, "monday")
    again_status, again = keyed(stage, COVERED, "monday")

    assert (first_status, again_status) == (200, 200)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["call_id"] == first["call_id"]
    assert again["result"] == first["result"]
    assert stage.sent() == 1
    assert stage.last_record().event == "call.replayed"


@pytest.mark.parametrize(
    "other",
    [
        {**COVERED, "args": {**READ, "pull": 185}},
        {**WRITE, "args": COMMENT},
    ],
)
def test_the_same_key_for_another_request_is_a_mismatch(
    stage: Stage, other: dict[str, object]
) -> None:
    keyed(stage, COVERED, "monday")

    status, problem = keyed(stage, other, "monday")

    assert (status, problem["code"]) == (422, "idempotency_mismatch")
    assert stage.denials() == ["idempotency_mismatch"]
    assert stage.sent() == 1


def test_the_key_of_a_request_that_waits_names_that_request(stage: Stage) -> None:
    keyed(stage, WRITE, "monday")

    status, problem = keyed(stage, COVERED, "monday")

    assert (status, problem["code"]) == (422, "idempotency_mismatch")
    assert stage.denials() == ["idempotency_mismatch"]
    assert stage.sent() == 0


def test_the_same_key_of_another_agent_is_another_key(stage: Stage) -> None:
    _, first = keyed(stage, COVERED, "monday")
    _, stage.key = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=[ToolsetFactory.create()]
    )
    policy.forget()

    _, other = keyed(stage, COVERED, "monday")

    assert other["replayed"] is False
    assert other["call_id"] != first["call_id"]
    assert stage.sent() == 2


def test_a_covered_call_without_a_key_runs_each_time(stage: Stage) -> None:
    stage.post(COVERED)
    stage.post(COVERED)

    assert stage.sent() == 2
    assert Call.objects.count() == 2


def test_ten_calls_under_one_key_at_once_run_once(stage: Stage) -> None:
    answers = at_once(*[lambda: keyed(stage, COVERED, "monday")] * 10)

    assert {status for status, _ in answers} <= {200, 202}
    assert {told["call_id"] for _, told in answers} == {Call.objects.get().pk}
    assert Record.objects.filter(event="call.allowed").count() == 1
    assert stage.sent() == 1


def test_a_key_stays_with_the_approval_that_it_asked_for(stage: Stage) -> None:
    keyed(stage, WRITE, "monday")
    stage.approve()

    _, ran = keyed(stage, WRITE, "monday")
    _, again = keyed(stage, WRITE, "monday")
    plain = stage.post(WRITE).json()

    assert ran["replayed"] is False
    assert (again["call_id"], plain["call_id"]) == (ran["call_id"], ran["call_id"])
    assert stage.sent() == 1


def test_another_key_is_another_wish_and_asks_anew(stage: Stage) -> None:
    keyed(stage, WRITE, "monday")
    first = stage.approve()
    keyed(stage, WRITE, "monday")

    status, told = keyed(stage, WRITE, "tuesday")

    assert status == 202
    assert told["status"] == "approval_required"
    assert stage.pending().pk != first.approval_id
    assert stage.sent() == 1


def test_after_the_replay_time_the_same_call_asks_anew(stage: Stage) -> None:
    """A wish to restart again on Tuesday is not a replay of Monday's."""
    first = stage.approved()
    stage.call()
    call = Call.objects.get()
    seconds = RouteVersion.objects.get(pk=call.route_version_id).replay_seconds
    Call.objects.update(created_at=call.created_at - timedelta(seconds=seconds + 1))

    answer = stage.post(WRITE)

    assert answer.status_code == 202
    assert answer.json()["approval"]["id"] != first.approval_id
    assert stage.sent() == 1


def test_a_key_does_not_bring_back_what_was_refused(attack: Attack) -> None:
    attack.assert_refused(
        Reason.INVALID_ARGUMENTS, tool="github.read_pr", args={"pull": 184}
    )
    attack.runs(tool="github.read_pr", args=READ)
