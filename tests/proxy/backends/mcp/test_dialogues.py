"""Which era an upstream is of, and what becomes of a call where nobody can tell."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from governance.decision import Reason, Risk
from governance.egress import BackendSettings, Deadline, Egress
from governance.mapping import MappedToolCall
from proxy.backends.answers import BackendOutcome
from proxy.backends.mcp import OutboundToolCall, send
from proxy.backends.mcp.eras import ERAS, KNOWN_SECONDS, Eras
from proxy.credentials.credential import Credential
from tests.fixtures.mcp_upstream import MODERN, Handler, Message, Upstream, serving_mcp

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    ERAS.clear()
    with serving_mcp(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def egress() -> Iterator[Egress]:
    egress = Egress()
    yield egress
    egress.close()


def backend(upstream: Upstream, version: int = 1) -> BackendSettings:
    return BackendSettings(1, version, upstream.url, ("127.0.0.1/32",))


def called(upstream: Upstream, egress: Egress) -> BackendOutcome:
    mapped = MappedToolCall("echo", {"text": "hi"}, "cal_1")
    to = backend(upstream)
    call = OutboundToolCall(to, mapped, Risk.WRITE, TRACE, Deadline(10))
    return send(call, Credential(), egress=egress)


def error(code: int, status: int, **members: Any) -> Any:
    def answer(handler: Handler, message: Message) -> None:
        body = {"code": code, "message": "no", **members}
        handler.json({"jsonrpc": "2.0", "id": message["id"], "error": body}, status)

    return answer


def status(number: int) -> Any:
    return lambda handler, _message: handler.plain(number, b"<p>no</p>")


def lists(*versions: str) -> Any:
    def answer(handler: Handler, message: Message) -> None:
        handler.result(message, {"supportedVersions": list(versions)})

    return answer


def page(handler: Handler, _message: Message) -> None:
    handler.plain(200, b"<p>Welcome</p>")


VERDICTS = [
    (error(-32020, 400), True),
    (error(-32021, 400), True),
    (error(-32022, 400, data={"supported": [MODERN]}), True),
    (error(-32022, 400, data={"supported": ["2099-01-01"]}), False),
    (error(-32022, 400), False),
    (error(-32601, 200), False),
    (error(-32601, 404), False),
    (status(400), False),
    (status(404), False),
    (status(405), False),
    (lists(MODERN, "2099-01-01"), True),
    (lists("2099-01-01"), False),
    (page, False),
]


@pytest.mark.parametrize(("discovery", "modern"), VERDICTS, ids=range(len(VERDICTS)))
def test_the_answer_to_the_probe_tells_the_era(
    upstream: Upstream, egress: Egress, discovery: Any, modern: bool
) -> None:
    upstream.discovery = discovery

    outcome = called(upstream, egress)

    assert outcome.state == "completed"
    assert bool(upstream.asked("initialize")) is not modern


@pytest.mark.parametrize("number", [301, 408, 429, 500, 502, 503])
def test_a_passing_state_is_no_verdict_and_nothing_is_called(
    upstream: Upstream, egress: Egress, number: int
) -> None:
    upstream.discovery = status(number)

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_UNREACHABLE)
    assert [each.asks for each in upstream.received] == ["server/discover"]
    upstream.discovery = None
    assert called(upstream, egress).state == "completed"


def test_silence_is_no_verdict(upstream: Upstream, egress: Egress) -> None:
    def hang_up(handler: Handler, _message: Message) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    upstream.discovery = hang_up

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_UNREACHABLE)
    assert upstream.calls == []


@pytest.mark.parametrize("number", [401, 403, 407])
def test_a_refused_credential_is_told_before_anything_is_called(
    upstream: Upstream, egress: Egress, number: int
) -> None:
    upstream.discovery = status(number)

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_ERROR)
    assert outcome.drop_lease
    assert upstream.calls == []


def test_an_era_is_asked_for_once(upstream: Upstream, egress: Egress) -> None:
    called(upstream, egress)
    called(upstream, egress)

    assert len(upstream.asked("server/discover")) == 1
    assert len(upstream.calls) == 2


def test_an_era_that_is_over_is_asked_for_again(
    upstream: Upstream, egress: Egress
) -> None:
    called(upstream, egress)
    upstream.era = "legacy"

    first = called(upstream, egress)
    second = called(upstream, egress)

    assert (first.state, second.state) == ("failed", "completed")


@pytest.mark.parametrize("version", ["2024-11-05", "2026-07-28", None])
def test_a_revision_that_we_do_not_speak_ends_it_unsent(
    upstream: Upstream, egress: Egress, version: Any
) -> None:
    upstream.era, upstream.version = "legacy", version

    outcome = called(upstream, egress)

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_UNREACHABLE)
    assert upstream.calls == []


def test_what_is_known_of_a_backend_ends_with_time_and_with_its_version(
    upstream: Upstream,
) -> None:
    now = [0.0]
    eras = Eras(now=lambda: now[0])
    eras.learn(backend(upstream), MODERN)

    known = eras.known(backend(upstream))
    of_the_changed = eras.known(backend(upstream, version=2))
    now[0] = KNOWN_SECONDS
    later = eras.known(backend(upstream))

    assert (known, of_the_changed, later) == (MODERN, None, None)
