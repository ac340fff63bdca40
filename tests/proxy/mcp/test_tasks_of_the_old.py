"""A client of an older revision that declares tasks, as some do in either era."""

import pytest

from approvals.models import Approval
from tests.proxy.mcp.client import WITH_TASKS, Mcp, text_of
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_nothing_runs_by_itself_for_a_client_that_can_follow_no_task(
    stage: Stage,
) -> None:
    client = Mcp(stage, version="2025-11-25", capabilities=WITH_TASKS)
    client.initialize()

    answer = client.call("github_comment_pr", COMMENT)

    assert text_of(answer).startswith("APPROVAL_REQUIRED")
    assert stage.pending().mode == Approval.Mode.NOW
