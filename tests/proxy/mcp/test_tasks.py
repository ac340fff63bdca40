"""The tasks extension: a task is an approval, and later its call."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval
from approvals.services import expire_due
from governance.decision import Reason
from proxy.models import Call
from proxy.tasks import run_approved, run_call
from tests.attacks.publishing import publish_anew
from tests.factories import ToolsetFactory, agent_with_key
from tests.proxy.mcp.client import WITH_TASKS, WITH_URL, Mcp, text_of
from tests.remotes import reply, then_close
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def client(stage: Stage) -> Mcp:
    return Mcp(stage, capabilities=WITH_TASKS)


def opened(client: Mcp, **args: Any) -> str:
    task = client.call("github.comment_pr", {**COMMENT, **args})
    assert (task["resultType"], task["status"]) == ("task", "working")
    return str(task["taskId"])


def got(client: Mcp, task_id: str) -> dict[str, Any]:
    task: dict[str, Any] = client.result("tasks/get", {"taskId": task_id})
    assert task["resultType"] == "complete"
    assert task["taskId"] == task_id
    return task


def test_a_task_runs_by_itself_once_approved(stage: Stage, client: Mcp) -> None:
    task_id = opened(client)
    waiting = got(client, task_id)
    stage.approve()
    about_to = got(client, task_id)
    run_approved(task_id)

    done = got(client, task_id)

    assert waiting["statusMessage"].startswith("Waiting for a person (code ")
    assert waiting["ttlMs"] <= 604_800_000
    assert waiting["pollIntervalMs"] == 3000
    assert about_to["statusMessage"] == "Approved; about to run."
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["status"] == 201
    assert done["lastUpdatedAt"] >= done["createdAt"]
    plain = client.call("github.comment_pr", COMMENT)
    assert plain["content"][0] == done["result"]["content"][0]
    assert stage.sent() == 1


def test_a_read_needs_no_task(client: Mcp) -> None:
    read = client.call("github.read_pr", READ)

    assert read["resultType"] == "complete"


def test_an_identical_call_gets_the_same_task_and_then_spends_the_claim(
    stage: Stage, client: Mcp
) -> None:
    task_id = opened(client)
    assert opened(client) == task_id
    stage.approve()

    ran = client.call("github.comment_pr", COMMENT)
    run_approved(task_id)

    assert ran["resultType"] == "complete"
    assert got(client, task_id)["status"] == "completed"
    assert stage.sent() == 1


def test_while_it_is_queued_a_repeat_gets_the_task_again(
    stage: Stage, client: Mcp
) -> None:
    from proxy import deferred  # noqa: PLC0415 (only here is it stopped half-way)

    task_id = opened(client)
    stage.approve()
    deferred.run_approved(task_id, now=timezone.now())

    again = client.call("github.comment_pr", COMMENT)
    plain = Mcp(stage).call("github.comment_pr", COMMENT)

    assert (again["taskId"], again["statusMessage"]) == (task_id, "Running.")
    assert got(client, task_id)["statusMessage"] == "Running."
    assert text_of(plain).startswith("RUNNING. ")
    run_call(Call.objects.get().pk)
    assert got(client, task_id)["status"] == "completed"
    assert stage.sent() == 1


def deny(stage: Stage) -> None:
    stage.vote(stage.ana, "deny", stage.pending())


def expire(stage: Stage) -> None:
    Approval.objects.update(decide_by=timezone.now() - timedelta(minutes=1))
    expire_due(now=timezone.now())


def edit(stage: Stage) -> None:
    publish_anew(stage, stage.comment)


def approve_and_edit(stage: Stage) -> None:
    stage.approve()
    publish_anew(stage, stage.comment)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (deny, Reason.APPROVAL_DENIED),
        (expire, Reason.APPROVAL_EXPIRED),
        (edit, Reason.APPROVAL_SUPERSEDED),
        (approve_and_edit, Reason.APPROVAL_REVOKED),
    ],
)
def test_each_ending_is_told_apart(
    stage: Stage, client: Mcp, end: Any, reason: Reason
) -> None:
    task_id = opened(client)

    end(stage)

    done = got(client, task_id)
    assert done["status"] == "completed"
    assert done["result"]["isError"] is True
    assert text_of(done["result"]).startswith(f"{reason.upper()}. ")
    status = client.call("approval_status", {"approval_id": task_id})
    assert text_of(status).startswith(f"{reason.upper()}. ")
    assert status["isError"] is False


def test_a_lost_answer_is_a_completed_task_that_is_unclear(
    stage: Stage, client: Mcp
) -> None:
    task_id = opened(client)
    stage.approve()
    stage.remote.answer = then_close(b"")
    run_approved(task_id)

    done = got(client, task_id)

    assert done["status"] == "completed"
    assert text_of(done["result"]).startswith("OUTCOME_UNKNOWN. ")
    assert "Do not repeat it" in text_of(done["result"])


def test_a_refusal_of_the_backend_is_handed_on(stage: Stage, client: Mcp) -> None:
    task_id = opened(client)
    stage.approve()
    stage.remote.answer = reply(b'{"message":"closed"}', status=422)
    run_approved(task_id)

    done = got(client, task_id)["result"]

    assert text_of(done).startswith("BACKEND_ERROR. ")
    assert done["structuredContent"]["body"] == {"message": "closed"}


def test_a_pending_task_is_cancelled_and_a_decided_one_is_not(
    stage: Stage, client: Mcp
) -> None:
    first = opened(client)
    assert client.result("tasks/cancel", {"taskId": first})["resultType"] == "complete"
    assert got(client, first)["status"] == "cancelled"
    assert got(client, first)["statusMessage"] == "Cancelled by the agent."

    second = opened(client)
    stage.approve()
    client.result("tasks/cancel", {"taskId": second})
    client.result("tasks/update", {"taskId": second, "inputResponses": {}})

    assert got(client, second)["status"] == "working"
    assert stage.pending().state == "approved"


def test_a_foreign_task_an_unknown_and_a_call_are_the_same_error(
    stage: Stage, client: Mcp
) -> None:
    task_id = opened(client)
    _, key = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=[ToolsetFactory.create()]
    )
    other = Mcp(stage, capabilities=WITH_TASKS, key=key)

    told = set()
    for method in ("tasks/get", "tasks/update", "tasks/cancel"):
        for an_id in (task_id, "apr_unknown", "cal_x", "", "x" * 200):
            answer = other.ask(method, {"taskId": an_id})
            error = answer.json()["error"]
            error["data"].pop("request_id")
            told.add((answer.status_code, str(error)))
            assert (answer.status_code, error["code"]) == (400, -32602)
            assert error["message"] == "Task not found"
            assert stage.last_record().reason == Reason.NOT_FOUND
    assert len(told) == 1
    assert stage.pending().state == "pending"


@pytest.mark.parametrize("capabilities", [{}, WITH_URL, {"tasks": {}}])
def test_a_client_without_the_extension_gets_no_task(
    stage: Stage, client: Mcp, capabilities: dict[str, Any]
) -> None:
    task_id = opened(client)
    other = Mcp(stage, capabilities=capabilities)

    answer = other.ask("tasks/get", {"taskId": task_id})
    repeat = other.call("github.comment_pr", COMMENT)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, -32021)
    assert error["data"] == {
        "requiredCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}}
    }
    assert repeat["resultType"] != "task"
    assert stage.pending().mode == "deferred"  # nothing unsets it


def test_the_header_of_a_task_may_be_insisted_on(
    stage: Stage, client: Mcp, settings: Any
) -> None:
    task_id = opened(client)
    params = client.params({"taskId": task_id}, {})
    body = {"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": params}
    headers = client.headers("tasks/get", params)
    named, bare = headers, {k: v for k, v in headers.items() if k != "Mcp-Name"}

    lenient = client.send(body, bare)
    wrong = client.send(body, {**bare, "Mcp-Name": "apr_other"})
    settings.MCP_TASK_NAME_HEADER = "strict"
    strict = client.send(body, bare)

    assert lenient.status_code == 200
    assert client.send(body, named).status_code == 200
    for refused in (wrong, strict):
        assert refused.json()["error"]["code"] == -32020


def test_a_task_of_rest_is_one_of_mcp(stage: Stage, client: Mcp) -> None:
    stage.post({"tool": "github.comment_pr", "args": COMMENT, "mode": "deferred"})
    approval = stage.pending()

    task_id = opened(client)

    assert task_id == approval.pk
    assert stage.get(f"approvals/{task_id}").json()["approval"]["state"] == "pending"


def test_a_thousand_waiting_approvals_cost_no_thread(
    stage: Stage, client: Mcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    from approvals.services import pressure  # noqa: PLC0415 (its bounds, here alone)

    for bound in ("OF_SESSION", "OF_AGENT", "OF_GROUP"):
        monkeypatch.setattr(pressure, bound, 10_000)
    opened(client)
    threads = set(threading.enumerate())
    first = stage.pending()
    copies = [_like(first, number) for number in range(999)]
    Approval.objects.bulk_create(copies)

    tasks = [got(client, copy.pk) for copy in copies[::111]]
    opened(client, body="one more")

    assert Approval.objects.pending().count() == 1001
    assert {task["status"] for task in tasks} == {"working"}
    assert set(threading.enumerate()) <= threads


def _like(approval: Approval, number: int) -> Approval:
    copy = Approval.objects.get(pk=approval.pk)
    copy.pk, copy.fingerprint = f"apr_copy{number}", number.to_bytes(32, "big")
    return copy
