"""Clients of every door use one claim at once, and one of them wins."""

from typing import Any

import pytest
from pytest_django import Settings

from audit.models import Record
from governance import policy
from governance.models import Backend
from proxy.models import Call
from tests.doors import MCP_DOORS
from tests.proxy.mcp.client import WITH_TASKS, Mcp, text_of
from tests.racing import at_once
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def roomy(stage: Stage, settings: Settings) -> Stage:
    settings.WEB_THREADS = 100
    Backend.objects.update(max_concurrent=64)
    policy.forget()
    return stage


def clients(stage: Stage) -> list[Mcp]:
    return [Mcp(stage, version) for version in MCP_DOORS] + [
        Mcp(stage, capabilities=WITH_TASKS)
    ]


def by_rest(stage: Stage) -> Any:
    return stage.post({"tool": "github.comment_pr", "args": COMMENT}).json()


def test_one_yes_is_one_call_whoever_comes_first(roomy: Stage) -> None:
    roomy.approved()
    races = [
        lambda client=client: client.ask(
            "tools/call", {"name": "github_comment_pr", "arguments": COMMENT}
        )
        for client in clients(roomy) * 4
    ]

    at_once(*races, *[lambda: by_rest(roomy)] * 4)

    assert Record.objects.filter(event="call.allowed").count() == 1
    assert Call.objects.count() == 1
    assert roomy.sent() == 1


def test_what_one_era_asked_another_one_fetches(stage: Stage) -> None:
    asked = [client.call("github.comment_pr", COMMENT) for client in clients(stage)]
    approvals = {each["_meta"]["sealwright/approval"]["id"] for each in asked}
    stage.approve()

    told = [client.call("github.comment_pr", COMMENT) for client in clients(stage)]
    rest = by_rest(stage)

    assert approvals == {stage.pending().pk}
    calls = {each["_meta"]["sealwright/call"]["call_id"] for each in told}
    assert calls == {rest["call_id"]}
    assert all("It was not run again." in text_of(each) for each in told[1:])
    assert stage.sent() == 1
