"""A task of MCP outlives its client and the server: approved later, it runs once."""

import time
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.people import Person
from tests.e2e.running import Running, up
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MODERN: Final = "2026-07-28"
PREFIX: Final = "io.modelcontextprotocol/"
TICKET: Final = {
    "name": "tickets_create",
    "arguments": {"queue": "ops", "title": "Disk is filling up", "text": "92 %."},
}


def ask(running: Running, method: str, **params: Any) -> dict[str, Any]:
    """Ask as a client that keeps nothing between two requests."""
    meta = {
        f"{PREFIX}protocolVersion": MODERN,
        f"{PREFIX}clientCapabilities": {"extensions": {f"{PREFIX}tasks": {}}},
    }
    name = params.get("name") or params.get("taskId") or ""
    answer = running.http.post(
        f"{running.demo['base_url']}/mcp",
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {**params, "_meta": meta},
        },
        headers={
            "Authorization": f"Bearer {running.demo['agents']['ci-agent']['key']}",
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": method,
            "Mcp-Name": name,
        },
        timeout=120,
    )
    result: dict[str, Any] = answer.json()["result"]
    return result


def until_written(running: Running, *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not running.writes():
        assert time.monotonic() < deadline, "the task did not run"
        time.sleep(0.1)


def test_a_task_is_approved_after_client_and_server_are_gone(tmp_path: Path) -> None:
    folder, port = tmp_path / "var", a_port()
    with up(folder, port) as before:
        task = ask(before, "tools/call", **TICKET)
        before.kill()

    with up(folder, port) as after:
        waiting = ask(after, "tasks/get", taskId=task["taskId"])
        Person.signed_in("ana", after).approve(task["taskId"])
        until_written(after)  # nobody asks for it: the client is gone

        deadline = time.monotonic() + 120
        while (done := ask(after, "tasks/get", taskId=task["taskId"])).get(
            "status"
        ) == "working":
            assert time.monotonic() < deadline, done
            time.sleep(0.1)
        again = ask(after, "tools/call", **TICKET)

        assert (task["resultType"], task["status"]) == ("task", "working")
        assert waiting["status"] == "working"
        assert done["status"] == "completed"
        assert done["result"]["structuredContent"]["status"] == 201
        assert "It was not run again." in again["content"][-1]["text"]
        assert len(after.writes()) == 1
