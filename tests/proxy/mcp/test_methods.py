"""The methods of the protocol, in both eras."""

import pytest
from mcp_types.methods import validate_server_result

from proxy.models import McpSession
from tests.proxy.mcp.client import MODERN, Mcp, text_of
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_modern_client_discovers_lists_and_reads(stage: Stage) -> None:
    client = Mcp(stage)

    found = client.result("server/discover")
    listed = client.result("tools/list")
    read = client.call("github_read_pr", READ)

    validate_server_result("server/discover", MODERN, found)
    validate_server_result("tools/list", MODERN, listed)
    validate_server_result("tools/call", MODERN, read)
    assert [tool["name"] for tool in listed["tools"]] == [
        "approval_status",
        "github_comment_pr",
        "github_merge_pr",
        "github_read_pr",
    ]
    assert read["structuredContent"]["body"] == {"ok": True}
    assert stage.sent() == 1


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_a_legacy_client_initializes_lists_and_reads(
    stage: Stage, version: str
) -> None:
    client = Mcp(stage, version)

    opened = client.initialize()
    accepted = client.ask("notifications/initialized")
    listed = client.result("tools/list")
    read = client.call("github_read_pr", READ)

    validate_server_result("initialize", version, opened)
    validate_server_result("tools/list", version, listed)
    validate_server_result("tools/call", version, read)
    assert opened["protocolVersion"] == version
    assert (accepted.status_code, accepted.content) == (202, b"")
    assert not {"resultType", "ttlMs", "cacheScope"} & {*listed, *read}
    assert McpSession.objects.get().version == version


def test_a_write_waits_runs_once_and_is_replayed(stage: Stage) -> None:
    client = Mcp(stage)

    asked = client.call("github_comment_pr", COMMENT)
    stage.approve()
    ran = client.call("github_comment_pr", COMMENT)
    again = client.call("github.comment_pr", COMMENT)

    assert text_of(asked).startswith("APPROVAL_REQUIRED. Nothing was executed.")
    assert (asked["isError"], ran["isError"], again["isError"]) == (True, False, False)
    assert "It was not run again." in text_of(again)
    assert stage.sent() == 1
