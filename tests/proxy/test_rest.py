"""The agents' door: the contract of ``/v1``, by status, body and header."""

import json
from typing import Any

import pytest

from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def body(**members: Any) -> dict[str, Any]:
    return {"tool": "github.comment_pr", "args": COMMENT, **members}


def test_tools_are_listed_in_name_order_with_their_schema(stage: Stage) -> None:
    answer = stage.get("tools")

    tools = answer.json()["tools"]
    assert [tool["name"] for tool in tools] == [
        "github.comment_pr",
        "github.merge_pr",
        "github.read_pr",
    ]
    assert tools[2]["approval"] == "not_required"
    assert tools[0]["input_schema"]["additionalProperties"] is False
    assert answer.headers["Sealwright-Request-Id"].startswith("req_")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_covered_call_answers_200_with_its_result(stage: Stage) -> None:
    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["status"] == "completed"
    assert told["result"] == {
        "status": 201,
        "content_type": "application/json",
        "body": {"ok": True},
    }
    assert told["approval_id"] is None
    assert told["scope"] == "repo:payments-api/pull:184"
    assert told["replayed"] is False


def test_a_write_answers_202_until_it_is_approved(stage: Stage) -> None:
    first = stage.post(body(reason="the tests are green"))

    assert first.status_code == 202, first.content
    approval = first.json()["approval"]
    assert first.json()["status"] == "approval_required"
    assert first.headers["Location"] == f"/v1/approvals/{approval['id']}"
    assert first.headers["Retry-After"] == "5"
    assert approval["state"] == "pending"
    assert approval["quorum"] == {"need": 1, "have": 0}
    assert approval["summary"] == "Comment on #184 of payments-api"

    stage.approve()
    polled = stage.get(f"approvals/{approval['id']}").json()["approval"]
    assert polled["state"] == "approved"
    assert polled["claim"].count(".") == 2

    ran = stage.post(body(claim=polled["claim"]))
    assert ran.status_code == 200, ran.content
    spent = stage.post(body(claim=polled["claim"]))
    assert spent.status_code == 409
    assert spent.json()["code"] == "claim_spent"
    assert spent.json()["call_id"] == ran.json()["call_id"]
    assert stage.sent() == 1


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"tool":"a","tool":"b"}', 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b'{"args":{}}', 400, "invalid_arguments"),
        (b'{"tool":7,"args":{}}', 400, "invalid_arguments"),
        (b'{"tool":"github.read_pr","args":{},"tenant":"x"}', 400, "invalid_arguments"),
        (b'{"tool":"github.read_pr","args":{}}', 400, "invalid_arguments"),
        (b'{"tool":"no.such"}', 404, "unknown_tool"),
        (b'{"tool":"github.read_pr","mode":"later"}', 400, "invalid_arguments"),
        (b" " * 262_145, 413, "body_too_large"),
    ],
)
def test_bad_bodies_get_a_clear_problem(
    stage: Stage, raw: bytes, status: int, code: str
) -> None:
    answer = stage.post(raw)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["Sealwright-Request-Id"]
    assert stage.sent() == 0


def test_an_argument_error_points_at_the_argument(stage: Stage) -> None:
    answer = stage.post({"tool": "github.read_pr", "args": {**READ, "pull": 0}})

    assert [error["pointer"] for error in answer.json()["errors"]] == ["/pull"]


def test_a_misshapen_body_is_told_what_its_members_have_to_be(stage: Stage) -> None:
    problem = stage.post({"tool": 7, "args": [], "tenant": "x"}).json()
    shapes = stage.post({"tool": 7, "args": []}).json()

    assert problem["errors"] == [
        {"pointer": "/tenant", "message": "is not a known member"}
    ]
    assert shapes["errors"] == [
        {"pointer": "/tool", "message": "has to be text"},
        {"pointer": "/args", "message": "has to be an object"},
    ]
    assert shapes["detail"] == "The body is not what this address takes."


def test_a_wrong_key_is_401_with_a_challenge(stage: Stage) -> None:
    answer = stage.get("tools", Authorization="Bearer swk_aaaaaaaa_" + "x" * 40)

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("calls", "get", 405, "method_not_allowed"),
        ("nowhere", "get", 404, "not_found"),
        ("tools/", "get", 404, "not_found"),
        ("calls/cal_unknown", "get", 404, "not_found"),
        ("approvals/apr_unknown", "get", 404, "not_found"),
        ("sessions/ses_unknown", "get", 404, "not_found"),
        ("approvals/apr_unknown?wait=21", "get", 400, "invalid_request"),
    ],
)
def test_wrong_paths_and_methods_are_problems(
    stage: Stage, path: str, method: str, status: int, code: str
) -> None:
    answer = stage.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 405:
        assert answer.headers["Allow"] == "POST, OPTIONS"


def test_only_json_is_taken_and_given(stage: Stage) -> None:
    bearer = {"Authorization": f"Bearer {stage.key}"}
    form = stage.client.post("/v1/calls", {"tool": "x"}, headers=bearer)
    coded = stage.post(body(), **{"Content-Encoding": "gzip"})
    page = stage.get("tools", Accept="text/html")

    assert (form.status_code, coded.status_code) == (415, 415)
    assert page.status_code == 406


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json;q=0", 406),
        ("text/html, Application/JSON ; Q=0.000", 406),
        ("*/*, application/json; q=0", 406),
        ("application/*;q=0, */*", 406),
        ("*/*;q=0", 406),
        ("application/json;q=0.001, */*;q=0", 200),
        ("application/json, */*;q=0", 200),
        ("text/html, */*;q=0.1", 200),
    ],
)
def test_a_weight_of_nothing_is_a_no(stage: Stage, accept: str, status: int) -> None:
    assert stage.get("tools", Accept=accept).status_code == status


def test_an_idempotency_key_replays_and_refuses_another_call(stage: Stage) -> None:
    read = {"tool": "github.read_pr", "args": READ}
    first = stage.post(read, **{"Idempotency-Key": "k1"})
    again = stage.post(read, **{"Idempotency-Key": "k1"})
    other = stage.post(
        {"tool": "github.read_pr", "args": {**READ, "pull": 185}},
        **{"Idempotency-Key": "k1"},
    )

    assert first.json()["call_id"] == again.json()["call_id"]
    assert again.json()["replayed"] is True
    assert again.json()["result"] == first.json()["result"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert stage.sent() == 1


def test_sessions_open_change_their_epoch_and_end(stage: Stage) -> None:
    opened = stage.post({"label": "nightly"}, "sessions")
    session = opened.json()["session_id"]
    stage.post(body(session_id=session))
    epoch = stage.post("", f"sessions/{session}/epoch")
    ended = stage.client.delete(
        f"/v1/sessions/{session}", headers={"Authorization": f"Bearer {stage.key}"}
    )
    late = stage.post(body(session_id=session))

    assert opened.status_code == 201
    assert epoch.status_code == 200
    assert stage.pending().state == "cancelled"
    assert ended.status_code == 204
    assert (late.status_code, late.json()["code"]) == (403, "session_ended")


def test_a_label_in_a_header_keeps_conversations_apart(stage: Stage) -> None:
    first = stage.post(body(), **{"Sealwright-Session": "one"}).json()["approval"]
    second = stage.post(body(), **{"Sealwright-Session": "two"}).json()["approval"]
    third = stage.post(body(), **{"Sealwright-Session": "one"}).json()["approval"]

    assert first["session_id"] != second["session_id"]
    assert first["id"] == third["id"]


def test_a_claim_is_minted_without_running(stage: Stage) -> None:
    minted = stage.post({"tool": "github.read_pr", "args": READ}, "claims")

    assert minted.status_code == 201, minted.content
    assert minted.json()["scope"] == "repo:payments-api/pull:184"
    assert stage.sent() == 0

    claim = minted.json()["claim"]
    ran = stage.post({"tool": "github.read_pr", "args": READ, "claim": claim})
    assert ran.status_code == 200, ran.content
    assert ran.json()["claim_id"] == minted.json()["claim_id"]


def test_the_asking_agent_cancels_its_request(stage: Stage) -> None:
    approval = stage.post(body()).json()["approval"]["id"]

    cancelled = stage.post("", f"approvals/{approval}/cancel")
    again = stage.post("", f"approvals/{approval}/cancel")

    assert cancelled.json()["approval"]["state"] == "cancelled"
    assert (again.status_code, again.json()["code"]) == (409, "approval_closed")


def test_the_result_of_a_call_can_be_fetched_again(stage: Stage) -> None:
    stage.post(body())
    stage.approve()
    ran = stage.post(body()).json()

    fetched = stage.get(f"calls/{ran['call_id']}").json()

    assert fetched["status"] == "completed"
    assert fetched["result"] == ran["result"]


def test_the_document_describes_the_door(stage: Stage) -> None:
    document = json.loads(stage.client.get("/v1/openapi.json").content)

    assert "/v1/calls" in document["paths"]
