"""An agent names a destination, a credential or a tenant of its own choice."""

from functools import partial

import pytest

from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.door import turned_away
from tests.remotes import Remote
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NAMES = [
    "base_url",
    "url",
    "host",
    "endpoint",
    "backend",
    "lane",
    "token",
    "authorization",
    "tenant",
    "tenant_id",
    "agent",
    "scope",
    "risk",
    "summary",
    "route",
    "route_version",
    "approval_id",
    "approved_by",
    "max_uses",
    "status",
    "state",
    "quorum",
    "project_override",
    "timeout_seconds",
    "headers",
    "method",
    "path",
    "__class__",
    "constructor",
]


def test_no_argument_chooses_where_a_call_goes(
    stage: Stage, attack: Attack, elsewhere: Remote
) -> None:
    for name in NAMES:
        args = {**READ, name: elsewhere.url}
        problem = attack.assert_refused(
            Reason.INVALID_ARGUMENTS, tool="github.read_pr", args=args
        )
        assert elsewhere.url not in str(problem)
        [error] = problem["errors"]
        assert error["pointer"] == f"/{name}"

    assert (elsewhere.connections, stage.remote.connections) == (0, 0)


def test_no_member_beside_the_arguments_does(stage: Stage, elsewhere: Remote) -> None:
    for name in NAMES:
        body = {"tool": "github.read_pr", "args": READ, name: elsewhere.url}
        for path in ("calls", "claims"):
            problem = turned_away(
                stage,
                Reason.INVALID_ARGUMENTS,
                partial(stage.post, body, path),
            )
            assert [error["pointer"] for error in problem["errors"]] == [f"/{name}"]

    assert (elsewhere.connections, stage.remote.connections) == (0, 0)


def test_no_query_does(stage: Stage, attack: Attack, elsewhere: Remote) -> None:
    query = "&".join(f"{name}={elsewhere.url}" for name in NAMES)
    body = {"tool": "github.read_pr", "args": READ}

    answer = stage.post(body, f"calls?{query}")

    assert answer.status_code == 200
    assert elsewhere.connections == 0
    [received] = stage.remote.received
    assert received.target == "/repos/acme/payments-api/pulls/184"
