"""An agent looks for tools that it was not granted, or that only look like its own."""

import pytest

from audit.models import Record
from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.factories import RouteFactory, TenantFactory
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NEVER_THERE = [
    "no.such",
    "GitHub.read_pr",
    "github.READ_PR",
    "github.read_pr ",
    " github.read_pr",
    "github.read_pr\n",
    "github.read_pr\u200b",
    "github.read\u2010pr",
    "g\u0456thub.read_pr",  # a Cyrillic i
    "\uff47ithub.read_pr",  # a full-width g
    "github\uff0eread_pr",
    "github/read_pr",
    "github.read_pr/../merge_pr",
    "github.read_pr%00",
    "*",
    "github.*",
    "sealwright.approve",
]

AT_REST_ALONE = ["github_read_pr", "approval_status"]  # other spellings of MCP's


def test_a_tool_that_is_not_the_agents_looks_like_none(
    stage: Stage, attack: Attack
) -> None:
    RouteFactory.create(tool="github.delete_repo")  # of this tenant, not granted
    RouteFactory.create(tenant=TenantFactory.create(slug="team-zeta"), tool="zeta.pay")
    names = [*NEVER_THERE, "github.delete_repo", "zeta.pay"]
    names += [] if stage.door else AT_REST_ALONE

    answers = set()
    for tool in names:
        problem = attack.assert_refused(
            Reason.UNKNOWN_TOOL,
            recorded_as=Reason.TOOL_NOT_GRANTED,
            tool=tool,
            args=READ,
        )
        problem.pop("request_id")
        if stage.door:  # which says what was asked for, there or not
            assert problem.pop("detail") == f"Unknown tool: {tool}"
        answers.add(str(problem))

    assert len(answers) == 1  # the same to the byte, less the request's id
    asked = Record.objects.filter(event="call.denied").order_by("id")
    assert list(asked.values_list("detail__asked_tool", flat=True)) == names
