"""What is counted, and under which labels."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from tests.remotes import reply
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Counted:
    """How much a sample has grown since it was first looked at."""

    def __init__(self, name: str, **labels: str) -> None:
        self._sample: tuple[str, dict[str, str]] = (name, labels)
        self._before = self._now()

    def _now(self) -> float:
        return count(self._sample[0], **self._sample[1])

    @property
    def grown(self) -> float:
        return self._now() - self._before


def calls(tool: str, outcome: str) -> Counted:
    return Counted("sealwright_calls_total", tool=tool, outcome=outcome)


def test_a_call_is_counted_by_tool_and_outcome_and_timed(stage: Stage) -> None:
    completed = calls("github.read_pr", "completed")
    timed = Counted("sealwright_call_seconds_count", outcome="completed")

    stage.post({"tool": "github.read_pr", "args": READ})

    assert completed.grown == 1
    assert timed.grown == 1


def test_a_failing_backend_is_an_outcome_and_no_refusal(stage: Stage) -> None:
    stage.remote.answer = reply(status=500)
    failed = calls("github.read_pr", "failed")
    refused = Counted("sealwright_refusals_total", reason="backend_error")

    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.status_code == 502
    assert failed.grown == 1
    assert refused.grown == 0


def test_waiting_and_a_replay_are_outcomes(stage: Stage) -> None:
    asked = calls("github.comment_pr", "approval_required")
    ran = calls("github.comment_pr", "completed")
    replayed = calls("github.comment_pr", "replayed")
    decided = Counted("sealwright_approval_decision_seconds_count", verdict="approved")

    stage.call()
    stage.approve()
    stage.call()
    stage.call()

    assert (asked.grown, ran.grown, replayed.grown, decided.grown) == (1, 1, 1, 1)


def test_a_denial_is_timed_from_the_request(stage: Stage) -> None:
    decided = Counted("sealwright_approval_decision_seconds_count", verdict="denied")

    stage.call()
    stage.vote(stage.ana, "deny", stage.pending())

    assert decided.grown == 1


@pytest.mark.parametrize(
    ("body", "tool", "reason"),
    [
        ({"tool": "no.such", "args": {}}, "", "unknown_tool"),
        (
            {"tool": "github.read_pr", "args": {"repo": 1}},
            "github.read_pr",
            "invalid_arguments",
        ),
    ],
)
def test_a_refusal_is_counted_and_a_made_up_tool_makes_no_label(
    stage: Stage, body: dict[str, Any], tool: str, reason: str
) -> None:
    denied = calls(tool, "denied")
    refused = Counted("sealwright_refusals_total", reason=reason)

    stage.post(body)

    assert denied.grown == 1
    assert refused.grown == 1
    assert calls("no.such", "denied")._now() == 0  # noqa: SLF001 - no such label


def test_a_refusal_at_the_door_is_counted_too(stage: Stage) -> None:
    refused = Counted("sealwright_refusals_total", reason="unauthenticated")

    stage.client.get("/v1/tools")

    assert refused.grown == 1
