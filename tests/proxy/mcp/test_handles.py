"""Legacy handles: names of conversations, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.models import AgentSession
from proxy.mcp import handles
from proxy.models import McpSession
from proxy.tasks import settle
from tests.factories import agent_with_key
from tests.proxy.mcp.client import MODERN, WITH_URL, Mcp
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def opened(stage: Stage, **more: Any) -> Mcp:
    client = Mcp(stage, "2025-11-25", **more)
    client.initialize()
    return client


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("nonsense", "2025-11-25"),
    ],
)
def test_a_served_version_is_granted_and_any_other_answered_with_the_newest(
    stage: Stage, asked: str, granted: str
) -> None:
    client = Mcp(stage, None)

    told = client.initialize(asked)

    assert told["protocolVersion"] == granted
    assert McpSession.objects.get().version == granted


def test_a_handle_serves_with_what_its_client_declared(stage: Stage) -> None:
    client = opened(stage, capabilities=WITH_URL)
    params = {"name": "github.comment_pr", "arguments": COMMENT}

    error = client.error("tools/call", params)

    assert error["code"] == -32042
    client.handle = None
    assert client.result("tools/call", params)["isError"] is True


def test_without_a_version_a_handles_own_revision_counts(stage: Stage) -> None:
    client = opened(stage, capabilities=WITH_URL)
    client.version = None
    params = {"name": "github.comment_pr", "arguments": COMMENT}

    assert client.error("tools/call", params)["code"] == -32042


def test_a_foreign_an_unknown_and_an_old_handle_are_the_same_404(stage: Stage) -> None:
    own, old = opened(stage), opened(stage)
    idle = timezone.now() - timedelta(hours=25)
    McpSession.objects.filter(pk=old.handle).update(last_used_at=idle)
    _, other_key = agent_with_key(name="other-agent", owner=stage.sam)
    other = Mcp(stage, "2025-11-25", key=other_key, handle=own.handle)
    unknown = [
        Mcp(stage, "2025-11-25", handle=handle)
        for handle in ("mcs_unknown", "", "ses_x", "mcs_" + "0" * 90, "' OR 1=1 --")
    ]

    answers = [client.ask("tools/list") for client in (other, old, *unknown)]

    told = set()
    for answer in answers:
        error = answer.json()["error"]
        error["data"].pop("request_id")
        told.add((answer.status_code, str(error)))
        assert error["data"]["code"] == "not_found"
    assert len(told) == 1
    assert answers[0].status_code == 404
    assert own.ask("tools/list").status_code == 200


def test_a_handle_without_its_credential_is_nothing(stage: Stage) -> None:
    own = opened(stage)
    own.key = f"swk_0000000000000000_{'x' * 43}"

    assert own.ask("tools/list").status_code == 401


def test_a_modern_client_gets_no_handle_and_none_counts(stage: Stage) -> None:
    answer = Mcp(stage, MODERN, handle="mcs_unknown").ask("tools/list")

    assert answer.status_code == 200
    assert "Mcp-Session-Id" not in answer.headers


def test_closing_a_handle_ends_it_and_not_the_agents_session(stage: Stage) -> None:
    client = opened(stage)
    client.call("github.read_pr", READ)

    def delete(handle: str | None) -> Any:
        headers = {"Authorization": f"Bearer {stage.key}"}
        if handle is not None:
            headers["Mcp-Session-Id"] = handle
        return stage.client.delete("/mcp", headers=headers)

    assert delete(None).status_code == 405
    assert delete(client.handle).status_code == 204
    assert delete(client.handle).status_code == 404
    assert client.ask("tools/list").status_code == 404
    assert AgentSession.objects.get().ended_at is None


def test_a_foreign_handle_is_closed_by_nobody_else(stage: Stage) -> None:
    client = opened(stage)
    _, other = agent_with_key(name="other-agent", owner=stage.sam)
    headers = {"Authorization": f"Bearer {other}", "Mcp-Session-Id": client.handle}

    answer = stage.client.delete("/mcp", headers=headers)

    assert answer.status_code == 404
    assert client.ask("tools/list").status_code == 200


def test_an_agent_has_a_hundred_handles_and_the_oldest_go(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handles, "MAX_HANDLES", 3)
    clients = [opened(stage) for _ in range(5)]

    statuses = [client.ask("ping").status_code for client in clients]

    assert statuses == [404, 404, 200, 200, 200]
    assert McpSession.objects.count() == 3


def test_of_a_client_that_says_too_much_nothing_is_kept(stage: Stage) -> None:
    client = opened(stage, capabilities={**WITH_URL, "x": "y" * 5000})

    assert McpSession.objects.get().capabilities == {}
    assert client.ask("ping").status_code == 200


def test_use_is_noted_once_a_minute(stage: Stage) -> None:
    client = opened(stage)
    first = McpSession.objects.get().last_used_at

    client.ask("ping")
    assert McpSession.objects.get().last_used_at == first

    McpSession.objects.update(last_used_at=first - timedelta(minutes=2))
    client.ask("ping")
    assert McpSession.objects.get().last_used_at >= first


def test_idle_handles_are_removed(stage: Stage) -> None:
    opened(stage)
    kept = opened(stage)
    idle = timezone.now() - timedelta(hours=24)
    McpSession.objects.exclude(pk=kept.handle).update(last_used_at=idle)

    settle()

    assert McpSession.objects.get().pk == kept.handle
