"""A claim is used again: in turn, by many at once, and after a restart."""

from collections import Counter

import pytest
from pytest_django import Settings

from approvals.models import Claim
from audit.models import Record
from governance import policy
from governance.decision import Reason
from governance.models import Backend
from proxy.models import Call
from tests.attacks.attack import Attack, token
from tests.attacks.processes import run_process, run_together
from tests.racing import at_once
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

PROCESSES, THREADS = 4, 50


@pytest.fixture
def roomy(stage: Stage, settings: Settings) -> Stage:
    """Make room for every call at once, so that the claim alone decides."""
    settings.WEB_THREADS = 100
    Backend.objects.update(max_concurrent=64)
    policy.forget()
    return stage


def allowed_records() -> int:
    return Record.objects.filter(event="call.allowed").count()


def test_a_claim_runs_once_with_the_same_token_and_with_a_new_one(
    attack: Attack,
) -> None:
    claim = attack.stage.approved()
    first = token(claim)
    ran = attack.runs(claim=first)

    for again in (first, token(claim)):
        problem = attack.assert_refused(Reason.CLAIM_SPENT, claim=again)

        assert problem["call_id"] == ran["call_id"]
    assert attack.stage.sent() == 1


def test_two_hundred_uses_at_once_from_four_processes_run_once(roomy: Stage) -> None:
    claim = roomy.approved()

    told = run_together(PROCESSES, roomy.key, calls=THREADS, claim=token(claim))

    counted = Counter(what for what, _ in told)
    assert counted == {"completed": 1, "claim_spent": PROCESSES * THREADS - 1}
    assert {call_id for _, call_id in told} == {Call.objects.get().pk}
    assert roomy.sent() == 1
    assert allowed_records() == 1
    assert roomy.denials() == ["claim_spent"] * (PROCESSES * THREADS - 1)


def test_a_claim_that_was_spent_before_a_restart_is_spent_after_it(
    stage: Stage,
) -> None:
    shown = token(stage.approved())

    before = run_process(stage.key, claim=shown)
    after = run_process(stage.key, claim=shown)

    assert before == [("completed", Call.objects.get().pk)]
    assert after == [("claim_spent", Call.objects.get().pk)]
    assert stage.sent() == 1
    assert stage.denials() == ["claim_spent"]


def test_forty_equal_calls_after_a_yes_are_one_call(roomy: Stage) -> None:
    """Nobody shows a claim: it is attached for the agent that asked."""
    roomy.approved()
    body = {"tool": "github.comment_pr", "args": roomy.ask().args}

    answers = at_once(*[lambda: roomy.post(body)] * 40)

    statuses = Counter(answer.status_code for answer in answers)
    told = [answer.json() for answer in answers]
    assert set(statuses) <= {200, 202}
    assert {each["call_id"] for each in told} == {Call.objects.get().pk}
    assert sum(each.get("replayed") is False for each in told) == 1
    assert roomy.sent() == 1
    assert allowed_records() == 1
    assert Claim.objects.get().uses == 1
