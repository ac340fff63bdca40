"""A backend sends us on to somewhere else, with what we sent to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from audit.models import Record
from tests.attacks.tools import publish_covered_write
from tests.remotes import Remote, reply, serving
from tests.stage import READ, SECRET, Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

FOLLOWED_BY_OTHERS = (300, 301, 302, 305, 307, 308)


@pytest.fixture
def elsewhere() -> Iterator[Remote]:
    with serving(answering()) as remote:
        yield remote


def targets(elsewhere: Remote) -> list[str]:
    return [
        f"{elsewhere.url}/take",
        f"//127.0.0.1:{elsewhere.port}/take",
        "/admin",
        "http://169.254.169.254/latest/meta-data/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
    ]


@pytest.mark.parametrize("tool", ["github.read_pr", "github.label_pr"])
def test_no_redirect_is_followed(stage: Stage, elsewhere: Remote, tool: str) -> None:
    publish_covered_write(stage)
    targets_of = targets(elsewhere)

    for number, status in enumerate(FOLLOWED_BY_OTHERS):
        where = targets_of[number % len(targets_of)]
        stage.remote.answer = reply(status=status, more=f"Location: {where}\r\n")
        answer = stage.post({"tool": tool, "args": READ})

        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["code"]) == (502, "backend_error"), status
        assert where not in answer.text
        assert "result" not in problem
        call = stage.get(f"calls/{problem['call_id']}").json()
        assert call["status"] == "failed"
        records = Record.objects.of_call(problem["call_id"])
        assert list(records.values_list("event", flat=True)) == [
            "call.allowed",
            "call.failed",
        ]

    assert stage.sent() == len(FOLLOWED_BY_OTHERS)
    assert elsewhere.connections == 0


def test_see_other_means_done_and_is_not_looked_at(
    stage: Stage, elsewhere: Remote
) -> None:
    publish_covered_write(stage)
    there = f"Location: {elsewhere.url}/done\r\n"
    stage.remote.answer = reply(status=303, more=there)

    answer = stage.post({"tool": "github.label_pr", "args": READ})

    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert answer.json()["result"]["status"] == 303
    assert elsewhere.connections == 0
    assert stage.sent() == 1
    assert SECRET not in answer.text
