"""An agent asks again and again, until somebody says yes to make it stop."""

from typing import Any

import pytest
from pytest_django import Settings

from approvals.models import Approval, Delivery
from approvals.services.pressure import OF_AGENT, OF_SESSION
from audit.models import Record
from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.table import REST
from tests.proxy.mcp.client import WITH_TASKS, Mcp
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def asks(door: str | None) -> int:
    """Return how often an agent asks: at one door a thousand times."""
    return 1_000 if door == REST else 60


@pytest.fixture(autouse=True)
def _as_fast_as_it_likes(settings: Settings) -> None:
    settings.AGENT_CALLS_PER_SECOND = 0


def asked_once() -> int:
    """Return how many messages went to people."""
    return Delivery.objects.count()


def test_many_equal_asks_are_one(stage: Stage, asks: int) -> None:
    body = {"tool": "github.comment_pr", "args": COMMENT}
    first = stage.post(body).json()["approval"]["id"]
    told = asked_once()

    for number in range(asks - 1):
        again = stage.post({**body, "reason": f"please, {number}"})
        assert again.json()["approval"]["id"] == first

    approval = Approval.objects.get()
    assert approval.asks == asks
    assert len(approval.reasons) <= 20
    assert asked_once() == told
    assert Record.objects.filter(event="approval.requested").count() == 1
    assert stage.sent() == 0


def test_many_different_asks_stop_at_the_limit(
    stage: Stage, attack: Attack, asks: int
) -> None:
    def ask(pull: int, session: str) -> object:
        body = {"tool": "github.comment_pr", "args": {**COMMENT, "pull": pull}}
        return stage.post(body, **{"Sealwright-Session": session})

    for pull in range(1, OF_SESSION + 1):
        assert ask(pull, "one").status_code == 202  # type: ignore[attr-defined]
    told = asked_once()

    for pull in range(OF_SESSION + 1, asks // 2):
        problem = attack.assert_refused(
            Reason.TOO_MANY_PENDING,
            args={**COMMENT, "pull": pull},
            session_id=stage.pending().session_id,
        )
        assert problem["retry_after"] == 60

    # Neither do more sessions bring more than an agent may have waiting.
    sessions = [ask(1000 + number, f"s{number}") for number in range(OF_AGENT + 5)]
    assert [each.status_code for each in sessions] == (  # type: ignore[attr-defined]
        [202] * (OF_AGENT - OF_SESSION) + [429] * (OF_SESSION + 5)
    )
    assert sessions[-1].headers["Retry-After"] == "60"  # type: ignore[attr-defined]
    assert Approval.objects.count() == OF_AGENT
    assert asked_once() == told * OF_AGENT // OF_SESSION
    assert stage.sent() == 0


def test_asks_for_tasks_are_counted_like_any_other(stage: Stage) -> None:
    client = Mcp(stage, capabilities=WITH_TASKS)

    def ask(pull: int) -> Any:
        return client.call("github.comment_pr", {**COMMENT, "pull": pull})

    equal = {ask(1)["taskId"] for _ in range(5)}
    told = asked_once()
    tasks = {ask(pull)["taskId"] for pull in range(1, OF_SESSION + 1)}
    over = [ask(pull) for pull in range(OF_SESSION + 1, OF_SESSION + 6)]

    assert len(equal) == 1
    assert len(tasks) == OF_SESSION
    for result in over:
        assert result["isError"] is True
        assert result["_meta"]["sealwright/problem"]["code"] == "too_many_pending"
    assert stage.denials() == ["too_many_pending"] * len(over)
    assert asked_once() == told * OF_SESSION
    assert stage.sent() == 0
