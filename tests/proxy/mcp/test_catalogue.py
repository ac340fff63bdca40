"""Tools as they are listed, and the names that they are called by."""

import base64
from typing import Any, Final

import pytest
from django.utils import timezone
from pytest_django import Settings

from governance.models import Route, Toolset
from governance.services import save_toolset, suspend
from proxy.mcp import catalogue
from proxy.mcp.catalogue import without_headers
from tests.attacks.tools import publish_read, texts
from tests.factories import TenantFactory, agent_with_key, person
from tests.proxy.mcp.client import MODERN, Mcp, text_of
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def names(client: Mcp) -> list[str]:
    return [tool["name"] for tool in client.result("tools/list")["tools"]]


@pytest.mark.parametrize("setting", ["flat", "route"])
@pytest.mark.parametrize("version", [MODERN, "2025-11-25"])
def test_both_spellings_can_be_called_whichever_is_listed(
    stage: Stage, settings: Settings, setting: str, version: str
) -> None:
    settings.MCP_TOOL_NAMES = setting
    client = Mcp(stage, version)

    listed = names(client)
    for name in ("github_read_pr", "github.read_pr"):
        assert client.call(name, READ)["isError"] is False

    assert listed[1:] == (
        ["github_comment_pr", "github_merge_pr", "github_read_pr"]
        if setting == "flat"
        else ["github.comment_pr", "github.merge_pr", "github.read_pr"]
    )
    assert stage.last_record().tool == "github.read_pr"


def test_a_tool_that_was_just_granted_has_its_flat_name_too(stage: Stage) -> None:
    client = Mcp(stage)
    client.call("github.read_pr", READ)
    publish_read(
        stage,
        "files.read",
        arguments_schema=texts("name"),
        scope_template="files:all",
        summary_template="Read",
        mapping={"method": "GET", "path": "/files"},
    )

    assert client.call("files_read", {"name": "a"})["isError"] is False


@pytest.mark.parametrize(
    "name", ["github__read_pr", "GitHub_read_pr", "github-read-pr", "no", "x" * 100]
)
def test_another_spelling_is_an_unknown_tool(stage: Stage, name: str) -> None:
    answer = Mcp(stage).ask("tools/call", {"name": name, "arguments": READ})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == (-32602, f"Unknown tool: {name}")
    assert error["data"]["code"] == "unknown_tool"
    assert stage.denials() == ["tool_not_granted"]


def test_the_list_is_that_of_rest_and_the_status_of_approvals(stage: Stage) -> None:
    listed = set(names(Mcp(stage)))
    rest = {tool["name"] for tool in stage.get("tools").json()["tools"]}

    assert listed == {name.replace(".", "_") for name in rest} | {"approval_status"}


def test_what_is_suspended_or_taken_away_is_not_listed(stage: Stage) -> None:
    client = Mcp(stage)
    now = timezone.now()
    suspend(stage.merge, by=stage.sam, now=now)
    assert "github_merge_pr" not in names(client)

    only: dict[Route, list[str]] = {Route.objects.get(tool="github.read_pr"): []}
    save_toolset(Toolset.objects.get(), entries=only, by=stage.sam, now=now)

    assert names(client) == ["github_read_pr"]  # and nothing to ask the status of


def test_another_tenant_lists_its_own(stage: Stage) -> None:
    zeta = TenantFactory.create(slug="team-zeta")
    _, key = agent_with_key(tenant=zeta, owner=person("zoe", "admin", tenant=zeta))

    assert names(Mcp(stage, key=key)) == []


def test_a_tool_says_what_it_can_do_to_the_world(stage: Stage) -> None:
    tools = {t["name"]: t for t in Mcp(stage).result("tools/list")["tools"]}

    read, write = tools["github_read_pr"], tools["github_comment_pr"]
    assert read["annotations"] == {
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": True,
    }
    for name in ("github_comment_pr", "github_merge_pr"):
        assert tools[name]["annotations"] == {
            "readOnlyHint": False,
            "destructiveHint": True,
            "idempotentHint": False,
            "openWorldHint": True,
        }
    assert write["description"].endswith("A person has to approve each call.")
    assert "approve" not in read["description"]
    assert write["_meta"]["sealwright/tool"] == {
        "risk": "write",
        "approval": "required",
    }
    assert not any("outputSchema" in tool for tool in tools.values())


def test_pages_follow_one_another_by_name(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "PAGE", 3)
    client = Mcp(stage)

    first = client.result("tools/list")
    second = client.result("tools/list", {"cursor": first["nextCursor"]})

    assert len(first["tools"]) == 3
    assert [tool["name"] for tool in second["tools"]] == ["github_read_pr"]
    assert "nextCursor" not in second


CURSORS: Final = ["", "!", "é", "a", "YQ==", "YR", "x" * 300, "//8", "_-8"]


@pytest.mark.parametrize("cursor", CURSORS[1:])
def test_a_cursor_that_is_none_is_refused(stage: Stage, cursor: str) -> None:
    assert Mcp(stage).error("tools/list", {"cursor": cursor})["code"] == -32602


def test_a_cursor_of_any_name_goes_on_behind_it(stage: Stage) -> None:
    cursor = base64.urlsafe_b64encode(b"github_m").decode().rstrip("=")

    listed = Mcp(stage).result("tools/list", {"cursor": cursor})["tools"]

    assert [t["name"] for t in listed] == ["github_merge_pr", "github_read_pr"]


def test_of_a_schema_only_header_names_are_left_out() -> None:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "x-mcp-header": "A",
        "properties": {
            "x-mcp-header": {"type": "string", "x-mcp-header": "B"},
            "list": {"items": {"anyOf": [{"x-mcp-header": "C", "type": "null"}]}},
            "data": {"const": {"x-mcp-header": "kept"}},
        },
        "$defs": {"x": {"$anchor": "x", "x-mcp-header": "D"}},
        "allOf": [{"if": {"x-mcp-header": "E"}, "then": True}],
    }

    assert without_headers(schema) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "x-mcp-header": {"type": "string"},
            "list": {"items": {"anyOf": [{"type": "null"}]}},
            "data": {"const": {"x-mcp-header": "kept"}},
        },
        "$defs": {"x": {"$anchor": "x"}},
        "allOf": [{"if": {}, "then": True}],
    }


@pytest.mark.parametrize("ttl", [-1, 0, 30_000, 10**9])
def test_a_list_is_private_and_kept_for_half_a_minute_at_most(
    stage: Stage, settings: Settings, ttl: int
) -> None:
    settings.MCP_LIST_TTL_MS = ttl

    listed = Mcp(stage).result("tools/list")

    assert listed["cacheScope"] == "private"
    assert 0 <= listed["ttlMs"] <= 30_000


def test_the_status_of_another_agents_approval_is_told_to_nobody(stage: Stage) -> None:
    asked = Mcp(stage).call("github.comment_pr", COMMENT)
    own = asked["_meta"]["sealwright/approval"]["id"]
    _, key = agent_with_key(name="other-agent", owner=stage.sam)
    other = Mcp(stage, key=key)

    for an_id in (own, "apr_unknown", "' OR 1=1 --"):
        told = other.call("approval_status", {"approval_id": an_id})

        assert told["isError"] is True
        assert "No such approval." in text_of(told)
        assert "structuredContent" not in told
        assert stage.last_record().reason == "not_found"


@pytest.mark.parametrize(
    "args",
    [{}, {"approval_id": 7}, {"approval_id": "a", "wait_seconds": 21}]
    + [{"approval_id": "a", "wait_seconds": value} for value in (-1, "1", 1.5, True)]
    + [{"approval_id": "a", "verdict": "approve"}],
)
def test_the_arguments_of_the_status_are_checked_like_any(
    stage: Stage, args: dict[str, Any]
) -> None:
    told = Mcp(stage).call("approval_status", args)

    assert told["_meta"]["sealwright/problem"]["code"] == "invalid_arguments"


def test_the_status_holds_no_claim(stage: Stage) -> None:
    asked = Mcp(stage).call("github.comment_pr", COMMENT)
    an_id = asked["_meta"]["sealwright/approval"]["id"]
    claim = stage.approve()

    told = Mcp(stage).call("approval_status", {"approval_id": an_id})

    assert text_of(told).startswith("APPROVED. Not executed yet.")
    assert "claim" not in told["structuredContent"]["approval"]
    assert claim.pk not in str(told)
