"""The checks of the door, in their order, and what each answers."""

import json
from typing import Any, Final

import pytest
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from governance.arguments import MAX_BYTES
from governance.decision import Reason
from governance.services import suspend
from proxy.models import Call
from tests.proxy.mcp.client import MODERN, Mcp
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OWN: Final = "http://testserver"


def refused(stage: Stage, answer: Any, status: int, code: int, reason: Reason) -> None:
    """Expect one JSON-RPC error, on record if its sender is known."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Sealwright-Request-Id"].startswith("req_")
    error = answer.json()["error"]
    assert answer.json()["jsonrpc"] == "2.0"
    assert (error["code"], error["data"]["code"]) == (code, reason)
    assert stage.last_record().reason == reason
    assert stage.sent() == 0


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://testserver:81", f"{OWN}/"]
)
def test_a_page_of_another_site_is_refused(stage: Stage, origin: str) -> None:
    answer = Mcp(stage).ask("tools/list", Origin=origin)

    refused(stage, answer, 403, 403, Reason.ORIGIN_REFUSED)
    assert answer.json()["id"] is None


def test_our_own_origin_a_listed_one_and_none_are_served(
    stage: Stage, settings: Settings
) -> None:
    settings.MCP_ALLOWED_ORIGINS = ["https://chat.example"]

    for origin in (OWN, "https://chat.example"):
        answer = Mcp(stage).ask("tools/list", Origin=origin)

        assert answer.status_code == 200
        assert not any("Access-Control" in name for name in answer.headers)
    assert Mcp(stage).ask("tools/list").status_code == 200


def test_an_unknown_host_is_refused_before_anything(stage: Stage) -> None:
    assert Mcp(stage).ask("tools/list", Host="evil.example").status_code == 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "TRACE"])
def test_another_method_is_told_which_there_are(stage: Stage, method: str) -> None:
    bearer = {"Authorization": f"Bearer {stage.key}"}

    for headers in ({}, bearer):
        answer = stage.client.generic(method, "/mcp", headers=headers)

        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST, DELETE"


def test_options_promises_no_other_site_anything(stage: Stage) -> None:
    answer = stage.client.options("/mcp", headers={"Origin": OWN})

    assert (answer.status_code, answer.content) == (204, b"")
    assert not any("Access-Control" in name for name in answer.headers)


CHALLENGE: Final = (
    'Bearer realm="sealwright"{error}, resource_metadata='
    '"http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp"'
)


@pytest.mark.parametrize("version", [MODERN, "2025-11-25", None])
def test_without_a_good_key_the_way_to_one_is_told(
    stage: Stage, version: str | None
) -> None:
    wrong = Mcp(stage, version, key=f"swk_0000000000000000_{'x' * 43}")

    answer = wrong.ask("tools/list")

    refused(stage, answer, 401, 401, Reason.UNAUTHENTICATED)
    assert answer.headers["WWW-Authenticate"] == CHALLENGE.format(
        error=', error="invalid_token"'
    )
    said = answer.json()["error"]["message"]
    assert said.endswith("Send a valid key as `Authorization: Bearer swk_...`.")
    bare = stage.client.post("/mcp", "{}", content_type="application/json")
    assert bare.status_code == 401
    assert bare.headers["WWW-Authenticate"] == CHALLENGE.format(error="")
    asked = f"/mcp?access_token={stage.key}&key={stage.key}"
    query = stage.client.post(asked, "{}", content_type="application/json")
    assert query.status_code == 401


@pytest.mark.parametrize("of", ["agent", "tenant"])
def test_the_suspended_are_turned_away_at_once(stage: Stage, of: str) -> None:
    client = Mcp(stage)
    client.call("github.read_pr", READ)
    stage.remote.received.clear()
    suspend(getattr(stage, of), by=stage.sam, now=timezone.now())

    for method in ("tools/list", "server/discover"):
        answer = client.ask(method)
        stage.principal  # noqa: B018 - this process learns of the new policy
    answer = client.ask("tools/list")

    refused(stage, answer, 403, 403, Reason(f"{of}_suspended"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_only_json_in_utf_8_is_a_body(stage: Stage, headers: dict[str, str]) -> None:
    client = Mcp(stage)
    kind = headers.pop("Content-Type", "application/json")
    own = client.headers("tools/list", {})

    answer = stage.client.generic(
        "POST", "/mcp", b"{}", content_type=kind, headers={**own, **headers}
    )

    refused(stage, answer, 415, 415, Reason.UNSUPPORTED_MEDIA_TYPE)


def test_a_client_that_takes_no_json_is_told_so(stage: Stage) -> None:
    client = Mcp(stage)

    answer = client.ask("tools/list", Accept="text/event-stream")

    refused(stage, answer, 406, 406, Reason.NOT_ACCEPTABLE)
    for accepted in ("*/*", "application/json, text/event-stream", ""):
        assert client.ask("tools/list", Accept=accepted).status_code == 200


def test_a_body_over_the_bound_is_not_read_any_further(stage: Stage) -> None:
    client = Mcp(stage)

    answer = client.send(b" " * (MAX_BYTES + 1), client.headers("tools/list", {}))

    refused(stage, answer, 413, 413, Reason.BODY_TOO_LARGE)


def test_what_is_no_json_and_what_is_no_request_are_told_apart(stage: Stage) -> None:
    client = Mcp(stage)
    beside = client.headers("tools/list", {})
    one = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})

    for raw in (" ", "{", "nope", "{}{}", '{"a":1,"a":2}', "[1,", "[1]}"):
        answer = client.send(raw, beside)
        refused(stage, answer, 400, -32700, Reason.INVALID_JSON)
    for raw in ("[]", f"[{one}]", f"[{one},{one}]", "null", "7", '"x"', "{}"):
        answer = client.send(raw, beside)
        refused(stage, answer, 400, -32600, Reason.INVALID_REQUEST)
        assert answer.json()["id"] is None


@pytest.mark.parametrize("version", [*("2025-11-25", "2025-06-18", "2025-03-26"), None])
def test_no_revision_has_batches(stage: Stage, version: str | None) -> None:
    client = Mcp(stage, version)
    one = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    answer = client.send([one, one], client.headers("ping", {}))

    refused(stage, answer, 400, -32600, Reason.INVALID_REQUEST)


UNKNOWN: Final = [(MODERN, 404), ("2025-11-25", 200), ("2025-06-18", 200), (None, 200)]


@pytest.mark.parametrize(("version", "status"), UNKNOWN)
def test_an_unknown_method_is_told_in_the_eras_own_way(
    stage: Stage, version: str | None, status: int
) -> None:
    answer = Mcp(stage, version).ask("resources/list")

    refused(stage, answer, status, -32601, Reason.UNKNOWN_METHOD)
    assert answer.json()["id"] == 1


@pytest.mark.parametrize("version", [MODERN, "2025-11-25", None])
def test_a_notification_is_accepted_and_does_nothing(
    stage: Stage, version: str | None
) -> None:
    client = Mcp(stage, version)
    before = Record.objects.count()

    for method in ("notifications/initialized", "notifications/x"):
        answer = client.ask(method)
        assert (answer.status_code, answer.content) == (202, b"")

    assert Record.objects.count() == before


def test_an_answer_is_kept_by_nobody_and_sets_no_cookie(stage: Stage) -> None:
    answer = Mcp(stage).ask("tools/list")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert "Mcp-Session-Id" not in answer.headers


def test_a_call_over_the_rate_is_a_result_and_the_rest_an_error(
    stage: Stage, settings: Settings
) -> None:
    # One an hour: none comes free while this goes on.
    settings.AGENT_CALLS_PER_SECOND, settings.AGENT_CALLS_BURST = 1 / 3600, 1
    client = Mcp(stage)
    client.ask("tools/list")
    client.ask("tools/list")

    told = client.call("github.read_pr", READ)
    listed = client.ask("tools/list")
    nonsense = client.send("nonsense", client.headers("tools/list", {}))

    assert told["_meta"]["sealwright/problem"]["code"] == "rate_limited"
    assert told["isError"] is True
    for answer in (listed, nonsense):
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == 429
        assert int(answer.headers["Retry-After"]) >= 1
    assert not Call.objects.exists()
    # A flood leaves one record, however it is made.
    assert Record.objects.filter(reason="rate_limited").count() == 1
    assert not Record.objects.filter(reason="invalid_json").exists()
