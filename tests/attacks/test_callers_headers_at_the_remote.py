"""An agent sends headers that are meant for the remote, not for us."""

import pytest

from tests.stage import READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FOR_THE_REMOTE = {
    "Cookie": "session=stolen",
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    "tracestate": "vendor=secret",
    "baggage": "user=root",
    "X-Api-Key": "theirs",
    "Proxy-Authorization": "Basic dGhlaXJz",
    "X-Amz-Security-Token": "theirs",
    "Referer": "http://127.0.0.1/",
    "Origin": "http://testserver",
    "User-Agent": "the agent's own",
    "Accept-Language": "tlh",
    "Idempotency-Key": "the-agents-own",
    "Sealwright-Session": "the agent's label",
    "X-Request-Id": "theirs",
    "Range": "bytes=0-1",
    "If-None-Match": "*",
    "Expect": "100-continue",
}
OURS = {
    "host",
    "accept-encoding",
    "authorization",
    "traceparent",
    "user-agent",
    "accept",
    "connection",
}


def test_nothing_of_the_callers_headers_reaches_the_remote(stage: Stage) -> None:
    body = {"tool": "github.read_pr", "args": READ, "reason": "reason-of-the-agent"}

    answer = stage.post(body, **FOR_THE_REMOTE)

    assert answer.status_code == 200
    [received] = stage.remote.received
    assert {name.lower() for name, _ in received.headers} <= OURS
    assert received.all("Authorization") == [f"Bearer {SECRET}"]
    [trace] = received.all("traceparent")
    assert trace.split("-")[1] == TRACE  # continued, with a span of our own
    assert trace.split("-")[2] != "00f067aa0ba902b7"
    seen = repr(received)
    for said in ("stolen", "root", "theirs", "agents-own", "agent", stage.key):
        assert said not in seen
