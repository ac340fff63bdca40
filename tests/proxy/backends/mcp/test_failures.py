"""What an answer that is no result means for a call."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from governance.decision import Reason, Risk
from governance.egress import Egress
from tests.fixtures.mcp_upstream import Handler, Message, Upstream
from tests.proxy.backends.mcp.calling import CAP, called, complete

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

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
