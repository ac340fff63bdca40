"""Headers of an MCP request say something else than its body.

Whoever stands before us may route by them.

Nothing is chosen by a header: what disagrees is refused, in either era.
"""

from typing import Any, Final

import pytest

from governance.decision import Reason
from tests.attacks.door import one_refusal
from tests.doors import MCP_DOORS
from tests.proxy.mcp.client import MODERN, Mcp
from tests.stage import READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CALL: Final = {"name": "github.read_pr", "arguments": READ}
SMUGGLED: Final = [
    (MODERN, {"Mcp-Name": "github.merge_pr"}),
    (MODERN, {"Mcp-Name": "github.read_pr,github.merge_pr"}),
    (MODERN, {"Mcp-Name": "github_read_pr"}),  # another spelling than the body's
    (MODERN, {"Mcp-Name": "=?base64?Z2l0aHViLm1lcmdlX3By?="}),
    (MODERN, {"Mcp-Method": "tools/list"}),
    (MODERN, {"Mcp-Method": "TOOLS/CALL"}),
    (MODERN, {"MCP-Protocol-Version": "2025-11-25"}),
    (MODERN, {"MCP-Protocol-Version": "2026-07-28, 2026-07-28"}),
    ("2025-11-25", {"Mcp-Name": "github.merge_pr"}),
    ("2025-11-25", {"Mcp-Method": "tools/list"}),
    ("2025-06-18", {"Mcp-Method": "tools/list", "Mcp-Name": "github.read_pr"}),
    (None, {"Mcp-Name": "github.merge_pr"}),
]


@pytest.mark.parametrize(("version", "headers"), SMUGGLED)
def test_what_disagrees_with_the_body_is_refused(
    stage: Stage, version: str | None, headers: dict[str, str]
) -> None:
    client = Mcp(stage, version)

    with one_refusal(stage, "request.refused", Reason.HEADER_MISMATCH):
        answer = client.ask("tools/call", CALL, meta={}, **headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020
    assert client.call("github.read_pr", READ)["isError"] is False


def test_a_modern_body_does_not_pass_for_a_legacy_one(stage: Stage) -> None:
    """Else its checks would be those of an era that asks for less."""
    client = Mcp(stage)
    params = client.params(dict(CALL), {})
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    bearer = {"Authorization": f"Bearer {stage.key}"}

    for version in (None, "2025-11-25", "2025-06-18", "2025-03-26"):
        beside = {} if version is None else {"MCP-Protocol-Version": version}
        with one_refusal(stage, "request.refused", Reason.HEADER_MISMATCH):
            answer = client.send(body, {**bearer, **beside})
        assert answer.json()["error"]["code"] == -32020


FOR_THE_REMOTE: Final = {
    "Cookie": "session=stolen",
    "tracestate": "vendor=secret",
    "baggage": "user=root",
    "X-Api-Key": "theirs",
    "Proxy-Authorization": "Basic dGhlaXJz",
    "Mcp-Param-Pull": "theirs",
    "Last-Event-ID": "theirs",
    "Sealwright-Backend": "theirs",
    "X-Forwarded-Host": "theirs",
    "X-HTTP-Method-Override": "DELETE",
}


@pytest.mark.parametrize("version", MCP_DOORS)
def test_nothing_of_the_callers_request_but_its_arguments_is_passed_on(
    stage: Stage, version: str | None
) -> None:
    meta: dict[str, Any] = {
        "com.example/secret": "theirs",
        "baggage": "user=root",
        "progressToken": "theirs",
    }
    client = Mcp(stage, version)

    told = client.result("tools/call", dict(CALL), meta=meta, **FOR_THE_REMOTE)

    assert told["isError"] is False
    [received] = stage.remote.received
    assert received.method == "GET"
    assert received.all("Authorization") == [f"Bearer {SECRET}"]
    seen = repr(received)
    for said in ("stolen", "root", "theirs", "vendor", stage.key, "Mcp-"):
        assert said not in seen


@pytest.mark.parametrize("member", ["backend", "lane", "tenant", "claim", "mode"])
def test_no_member_beside_the_arguments_has_an_effect(
    stage: Stage, member: str
) -> None:
    params = {"name": "github.comment_pr", "arguments": {**READ, "body": "x"}}

    for version in MCP_DOORS:
        told = Mcp(stage, version).result("tools/call", {**params, member: "deferred"})

        assert "sealwright/approval" in told["_meta"]
    assert stage.pending().mode == "now"
    assert stage.sent() == 0
