"""One call against a real MCP server: what it received, and what became of the call."""

import pytest

from governance.egress import Egress
from governance.mapping import MappedToolCall
from tests.fixtures.mcp_upstream import MODERN, Handler, Message, Upstream
from tests.proxy.backends.mcp.calling import SECRET, TRACE, answered, called, complete

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_modern_upstream_gets_one_request_with_nothing_of_the_caller(
    upstream: Upstream, egress: Egress
) -> None:
    called(upstream, egress)
    upstream.received.clear()

    outcome = called(upstream, egress)

    [received] = upstream.received
    assert received.path == "/mcp"
    assert received.headers == {
        "host": f"127.0.0.1:{upstream.port}",
        "user-agent": "sealwright",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": MODERN,
        "mcp-method": "tools/call",
        "mcp-name": "echo",
        "mcp-param-region": "eu",
        "traceparent": TRACE,
        "authorization": f"Bearer {SECRET}",
        "content-length": received.headers["content-length"],
    }
    params = received.body["params"]
    assert (received.body["id"], params["name"]) == ("cal_1", "echo")
    assert params["arguments"] == {"text": "hi"}
    assert set(params["_meta"]) == {
        "io.modelcontextprotocol/protocolVersion",
        "io.modelcontextprotocol/clientInfo",
        "io.modelcontextprotocol/clientCapabilities",
        "traceparent",
    }
    assert params["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {}
    assert answered(outcome)["content"] == [{"type": "text", "text": "hi"}]
    assert answered(outcome)["structuredContent"] == {"echo": {"text": "hi"}}
    assert (outcome.status, outcome.content_type) == (200, "application/json")
    assert outcome.origin == f"http://127.0.0.1:{upstream.port}"


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_a_legacy_upstream_gets_a_session_of_its_own_for_every_call(
    upstream: Upstream, egress: Egress, version: str
) -> None:
    upstream.era, upstream.version = "legacy", version

    first = called(upstream, egress)
    second = called(upstream, egress)

    assert answered(first) == answered(second)
    methods = [each.asks or each.method for each in upstream.received]
    dialogue = ["initialize", "notifications/initialized", "tools/call", "DELETE"]
    assert methods == ["server/discover", *dialogue, *dialogue]
    sessions = [each.headers["mcp-session-id"] for each in upstream.calls]
    assert len(set(sessions)) == 2
    assert not upstream.sessions
    for each in upstream.calls:
        assert each.headers["mcp-protocol-version"] == version
        assert each.headers["authorization"] == f"Bearer {SECRET}"
        assert "mcp-method" not in each.headers


def test_a_tool_that_says_it_failed_has_answered(
    upstream: Upstream, egress: Egress
) -> None:
    failing = MappedToolCall("test_error_handling", {}, "cal_1")

    outcome = called(upstream, egress, mapped=failing)

    assert answered(outcome)["isError"] is True


def test_what_the_protocol_does_not_know_is_dropped_and_counted(
    upstream: Upstream, egress: Egress
) -> None:
    known = {"type": "text", "text": "kept", "_meta": {"x": 1}, "novel": 1}
    result = {
        "resultType": "complete",
        "content": [known, {"type": "hologram"}, "nothing"],
        "structuredContent": {"kept": 1, "_meta": {"x": 1}},
        "_meta": {"io.modelcontextprotocol/serverInfo": {}},
        "extra": 1,
    }
    upstream.script = lambda handler, message: handler.result(message, result)

    outcome = called(upstream, egress)

    assert answered(outcome) == {
        "content": [{"type": "text", "text": "kept"}],
        "structuredContent": {"kept": 1},
        "isError": False,
    }
    assert "2 content blocks" in outcome.note


def test_an_echoed_credential_goes_no_further(
    upstream: Upstream, egress: Egress
) -> None:
    def script(handler: Handler, message: Message) -> None:
        handler.json(complete(message, handler.headers["Authorization"]))

    upstream.script = script

    outcome = called(upstream, egress)

    assert SECRET not in (outcome.body or b"").decode()


def test_a_name_that_is_no_header_is_sent_as_base64(
    upstream: Upstream, egress: Egress
) -> None:
    name = "größe"
    upstream.tools[name] = upstream.tools["echo"]

    called(upstream, egress, mapped=MappedToolCall(name, {}, "cal_1"))

    assert upstream.calls[0].headers["mcp-name"] == "=?base64?Z3LDtsOfZQ==?="
