"""An answer that comes as a stream of events."""

from typing import Any

import pytest

from governance.egress import Egress
from tests.fixtures.mcp_upstream import Handler, Message, Upstream
from tests.proxy.backends.mcp.calling import answered, called, complete

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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

    outcome = called(upstream, egress, seconds=120)

    assert answered(outcome)["content"][0]["text"] == "there"


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

    outcome = called(upstream, egress, seconds=3)

    assert outcome.state == "outcome_unknown"


def test_a_stream_that_falls_silent_ends_with_the_deadline(
    upstream: Upstream, egress: Egress
) -> None:
    called(upstream, egress)

    def script(handler: Handler, _message: Message) -> None:
        handler.begin_stream()
        handler.rfile.read(1)  # until we hang up

    upstream.script = script

    outcome = called(upstream, egress, seconds=3, cap=100_000_000)

    assert outcome.state == "outcome_unknown"
