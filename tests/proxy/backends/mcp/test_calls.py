"""One call against a real MCP server: what it received, and what became of the call."""

import json
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from governance.decision import Reason, Risk
from governance.egress import BackendSettings, Deadline, Egress
from governance.mapping import MappedToolCall
from proxy.backends.answers import BackendOutcome
from proxy.backends.mcp import OutboundToolCall, send
from proxy.backends.mcp.eras import ERAS
from proxy.credentials.credential import Credential
from tests.fixtures.mcp_upstream import MODERN, Handler, Message, Upstream, serving_mcp

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SECRET = "borrowed-for-one-call-0123"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LENT = Credential(("Authorization", f"Bearer {SECRET}"), "0" * 16, (SECRET,))
ECHO = MappedToolCall("echo", {"text": "hi"}, "cal_1", (("Mcp-Param-Region", "eu"),))
CAP = 20_000


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    ERAS.clear()
    with serving_mcp(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def egress(upstream: Upstream) -> Iterator[Egress]:
    egress = Egress()
    yield egress
    egress.close()


def called(
    upstream: Upstream,
    egress: Egress,
    *,
    mapped: MappedToolCall = ECHO,
    risk: Risk = Risk.WRITE,
    credential: Credential = LENT,
    seconds: float = 10,
    cap: int = CAP,
) -> BackendOutcome:
    to = BackendSettings(1, 1, upstream.url, ("127.0.0.1/32",), max_response_bytes=cap)
    call = OutboundToolCall(to, mapped, risk, TRACE, Deadline(seconds))
    return send(call, credential, egress=egress)


def answered(outcome: BackendOutcome) -> Any:
    assert (outcome.state, outcome.reason) == ("completed", None), outcome
    return json.loads(outcome.body or b"")


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


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_stream_is_read_to_the_response(
    upstream: Upstream, egress: Egress, era: Any
) -> None:
    upstream.era, upstream.streams = era, True

    outcome = called(upstream, egress)

    assert answered(outcome)["content"] == [{"type": "text", "text": "hi"}]


def test_a_stream_that_stays_open_after_the_response_holds_nobody(
    upstream: Upstream, egress: Egress
) -> None:
    def script(handler: Handler, message: Message) -> None:
        handler.begin_stream()
        handler.chunk(b": a comment\n\n")
        handler.event({"jsonrpc": "2.0", "method": "notifications/progress"})
        handler.event(complete(message, "there"))
        handler.rfile.read(1)  # until we hang up

    upstream.script = script

    outcome = called(upstream, egress, seconds=30)

    assert answered(outcome)["content"][0]["text"] == "there"


def complete(message: Message, text: str, **members: Any) -> Message:
    result = {"content": [{"type": "text", "text": text}], **members}
    return {
        "jsonrpc": "2.0",
        "id": message["id"],
        "result": {"resultType": "complete", **result},
    }


def test_requests_on_a_legacy_stream_are_answered_before_the_response_comes(
    upstream: Upstream, egress: Egress
) -> None:
    upstream.era = "legacy"

    def answers() -> list[Message]:
        return [each.body for each in upstream.received if not each.asks]

    def script(handler: Handler, message: Message) -> None:
        handler.begin_stream()
        for number, method in enumerate(("ping", "sampling/createMessage")):
            handler.event({"jsonrpc": "2.0", "id": number, "method": method})
            while len([a for a in answers() if a.get("id") == number]) == 0:
                pass  # it waits for us, as servers do
        handler.event(complete(message, "done"))
        handler.chunk(b"")

    upstream.script = script

    outcome = called(upstream, egress)

    assert answered(outcome)["content"][0]["text"] == "done"
    [pong, refusal] = [each for each in answers() if each]
    assert pong == {"jsonrpc": "2.0", "id": 0, "result": {}}
    assert refusal["error"]["code"] == -32601


def test_an_upstream_that_asks_on_and_on_is_answered_ten_times(
    upstream: Upstream, egress: Egress
) -> None:
    upstream.era = "legacy"

    def script(handler: Handler, message: Message) -> None:
        handler.begin_stream()
        for number in range(30):
            handler.event({"jsonrpc": "2.0", "id": number, "method": "ping"})
        handler.event(complete(message, "done"))
        handler.chunk(b"")

    upstream.script = script

    called(upstream, egress)

    assert len([each for each in upstream.received if "result" in each.body]) == 10


RESULTS: list[tuple[Message, str, Reason]] = [
    (
        {"resultType": "input_required", "inputRequests": {}, "requestState": "s"},
        "failed",
        Reason.BACKEND_ERROR,
    ),
    (
        {"resultType": "task", "taskId": "t", "status": "working"},
        "outcome_unknown",
        Reason.OUTCOME_UNKNOWN,
    ),
    ({"resultType": "novel"}, "outcome_unknown", Reason.OUTCOME_UNKNOWN),
    (
        {"resultType": "complete", "content": "no list"},
        "outcome_unknown",
        Reason.OUTCOME_UNKNOWN,
    ),
]


@pytest.mark.parametrize(("result", "state", "reason"), RESULTS)
def test_a_result_that_is_not_complete_is_none(
    upstream: Upstream,
    egress: Egress,
    result: Message,
    state: str,
    reason: Reason,
) -> None:
    upstream.script = lambda handler, message: handler.result(message, result)

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason, outcome.body) == (state, reason, None)


ERRORS = [
    (-32000, 200, "failed"),
    (-32602, 400, "failed"),
    (-32603, 500, "failed"),
    (-32042, 200, "failed"),
    (-32021, 400, "failed"),
]


@pytest.mark.parametrize(("code", "status", "state"), ERRORS)
def test_an_error_says_its_number_and_no_word_of_the_upstream(
    upstream: Upstream, egress: Egress, code: int, status: int, state: str
) -> None:
    said = "see https://evil.example/login"
    error = {"code": code, "message": said, "data": {"elicitations": [{"url": said}]}}

    def script(handler: Handler, message: Message) -> None:
        handler.json({"jsonrpc": "2.0", "id": message["id"], "error": error}, status)

    upstream.script = script

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason) == (state, Reason.BACKEND_ERROR)
    assert "evil.example" not in repr(outcome)
    assert str(code) in outcome.detail or "asks for input" in outcome.detail


STATUSES = [
    (302, "failed", Reason.BACKEND_ERROR),
    (400, "failed", Reason.BACKEND_ERROR),
    (404, "failed", Reason.BACKEND_ERROR),
    (429, "failed", Reason.BACKEND_ERROR),
    (501, "failed", Reason.BACKEND_ERROR),
    (503, "failed", Reason.BACKEND_ERROR),
    (202, "outcome_unknown", Reason.OUTCOME_UNKNOWN),
    (408, "outcome_unknown", Reason.OUTCOME_UNKNOWN),
    (500, "outcome_unknown", Reason.OUTCOME_UNKNOWN),
    (502, "outcome_unknown", Reason.OUTCOME_UNKNOWN),
]


@pytest.mark.parametrize(("status", "state", "reason"), STATUSES)
def test_a_bare_status_means_what_it_means_of_any_backend(
    upstream: Upstream, egress: Egress, status: int, state: str, reason: Reason
) -> None:
    upstream.script = lambda handler, _message: handler.plain(status, b"<p>no</p>")

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason, outcome.body) == (state, reason, None)


def refuse_plainly(handler: Handler, _message: Message, *, status: int) -> None:
    handler.plain(status)


def refuse_in_json(handler: Handler, message: Message, *, status: int) -> None:
    error = {"code": -32001, "message": "Unauthorized"}
    handler.json({"jsonrpc": "2.0", "id": message["id"], "error": error}, status)


@pytest.mark.parametrize("refuse", [refuse_plainly, refuse_in_json])
@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_refused_credential_is_dropped(
    upstream: Upstream, egress: Egress, status: int, refuse: Callable[..., None]
) -> None:
    upstream.script = partial(refuse, status=status)

    outcome = called(upstream, egress)

    assert outcome.reason is Reason.BACKEND_ERROR
    assert outcome.drop_lease


def drop(handler: Handler, _message: Message) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_stream(handler: Handler, _message: Message) -> None:
    handler.begin_stream()
    handler.event({"jsonrpc": "2.0", "method": "notifications/message"})
    handler.chunk(b"")


def foreign_id(handler: Handler, message: Message) -> None:
    handler.json({**complete(message, "x"), "id": "cal_2"})


def no_json(handler: Handler, _message: Message) -> None:
    handler.plain(200, b'{"jsonrpc": "2.0", "id": "cal_1", "id": "cal_1"}')


def coded(handler: Handler, _message: Message) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def many_events(handler: Handler, _message: Message) -> None:
    handler.begin_stream()
    for _ in range(1500):
        handler.chunk(b"data: 1\n\n")


def small_events_for_ever(handler: Handler, _message: Message) -> None:
    handler.begin_stream()
    for _ in range(100):
        handler.event({"jsonrpc": "2.0", "method": "notifications/x", "p": "x" * 900})


@pytest.mark.parametrize("risk", [Risk.READ, Risk.WRITE])
@pytest.mark.parametrize(
    "script",
    [
        drop,
        cut_stream,
        foreign_id,
        no_json,
        coded,
        many_events,
        small_events_for_ever,
    ],
)
def test_a_lost_answer_is_unclear_unless_it_was_to_a_read(
    upstream: Upstream, egress: Egress, script: Any, risk: Risk
) -> None:
    upstream.script = script

    outcome = called(upstream, egress, risk=risk)

    expected = "failed" if risk is Risk.READ else "outcome_unknown"
    assert outcome.state == expected
    assert len(upstream.calls) == 1  # never again


def test_a_stream_that_drips_a_comment_is_unclear(
    upstream: Upstream, egress: Egress
) -> None:
    called(upstream, egress)

    def script(handler: Handler, _message: Message) -> None:
        handler.begin_stream()
        while True:
            handler.chunk(b":")

    # Whichever comes first, the deadline or the cap: nothing was said of the call.

    upstream.script = script

    outcome = called(upstream, egress, seconds=0.3)

    assert outcome.state == "outcome_unknown"


def test_a_stream_that_falls_silent_ends_with_the_deadline(
    upstream: Upstream, egress: Egress
) -> None:
    called(upstream, egress)

    def script(handler: Handler, _message: Message) -> None:
        handler.begin_stream()
        handler.rfile.read(1)  # until we hang up

    upstream.script = script

    outcome = called(upstream, egress, seconds=0.3, cap=100_000_000)

    assert outcome.state == "outcome_unknown"


def huge_json(handler: Handler, message: Message) -> None:
    handler.json(complete(message, "x" * CAP))


def huge_event(handler: Handler, message: Message) -> None:
    handler.begin_stream()
    handler.event(complete(message, "x" * CAP))


@pytest.mark.parametrize("script", [huge_json, huge_event])
def test_an_answer_over_the_cap_is_dropped_and_the_call_has_run(
    upstream: Upstream, egress: Egress, script: Any
) -> None:
    upstream.script = script

    outcome = called(upstream, egress)

    assert outcome.state == "completed"
    assert outcome.reason is Reason.RESPONSE_TOO_LARGE
    assert outcome.body is None


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
