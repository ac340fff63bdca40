"""What really leaves, over which connection, and what is made of the answer."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from governance.egress import (
    AnswerLost,
    AnswerTooLarge,
    BackendSettings,
    ConnectFailed,
    Deadline,
    Egress,
    EgressRefused,
    OutboundAnswer,
    OutboundRequest,
)
from governance.egress.sessions import KEPT_SECONDS
from tests.remotes import Remote, reply, serving, then_close

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

GET = OutboundRequest("GET", "/a?b=1")
POST = OutboundRequest("POST", "/a", (("X-A", "1"),), b'{"c":2}')


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Resolver:
    """Answers what it was told, one list after the other, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply())) as remote:
        yield remote


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def egress(remote: Remote, clock: Clock) -> Iterator[Egress]:
    egress = Egress(now=clock)
    yield egress
    egress.close()


@pytest.fixture
def backend(remote: Remote) -> BackendSettings:
    return BackendSettings(
        id=1,
        version=1,
        base_url=f"{remote.url}/v3",
        cidrs=("127.0.0.0/8",),
        max_response_bytes=1000,
    )


def sent(
    egress: Egress,
    backend: BackendSettings,
    request: OutboundRequest = POST,
    *,
    seconds: float = 10,
) -> OutboundAnswer:
    return egress.send(request, backend=backend, deadline=Deadline(seconds))


def test_a_request_leaves_as_written_and_its_answer_comes_back(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    answer = sent(egress, backend)

    assert answer == OutboundAnswer(200, "application/json", b'{"ok":true}', remote.url)
    [received] = remote.received
    assert (received.method, received.target) == ("POST", "/v3/a")
    assert received.body == b'{"c":2}'
    assert received.headers == [
        ("Host", f"127.0.0.1:{remote.port}"),
        ("User-Agent", "sealwright"),
        ("Accept-Encoding", "identity"),
        ("X-A", "1"),
        ("Content-Length", "7"),
    ]


def test_no_proxy_of_the_environment_and_no_netrc_is_asked(
    remote: Remote,
    egress: Egress,
    backend: BackendSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", os.devnull)

    sent(egress, backend)

    assert remote.received[0].all("authorization") == []


def test_one_connection_carries_one_request_after_the_other(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    remote.answer = reply(more="Set-Cookie: a=b\r\n")

    sent(egress, backend)
    sent(egress, backend)

    assert (remote.connections, len(remote.received)) == (1, 2)
    assert remote.received[1].all("cookie") == []


def test_a_connection_ends_after_its_time(
    remote: Remote, egress: Egress, backend: BackendSettings, clock: Clock
) -> None:
    sent(egress, backend)
    clock.at += KEPT_SECONDS

    sent(egress, backend)

    assert remote.connections == 2


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"max_response_bytes": 2000}, {"cidrs": ("127.0.0.1",)}]
)
def test_any_change_of_the_backend_ends_its_connections(
    remote: Remote,
    egress: Egress,
    backend: BackendSettings,
    change: dict[str, Any],
) -> None:
    sent(egress, backend)

    sent(egress, replace(backend, **change))

    assert remote.connections == 2


def test_a_connection_in_use_ends_when_its_backend_changed_meanwhile(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    def change(connection: socket.socket) -> None:
        remote.answer = reply()
        sent(egress, replace(backend, version=2))
        connection.sendall(reply())

    remote.answer = change
    sent(egress, backend)

    sent(egress, replace(backend, version=2))
    sent(egress, backend)

    assert remote.connections == 3


def test_two_backends_share_no_connection(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    sent(egress, backend)

    sent(egress, replace(backend, id=2))

    assert remote.connections == 2


def test_what_was_kept_too_long_is_closed_when_another_backend_is_called(
    remote: Remote, egress: Egress, backend: BackendSettings, clock: Clock
) -> None:
    closed = threading.Event()

    def watch(connection: socket.socket) -> None:
        connection.sendall(reply())
        if connection.recv(1) == b"":
            closed.set()
        raise EOFError

    remote.answer = watch
    sent(egress, backend)
    remote.answer = reply()
    clock.at += KEPT_SECONDS

    sent(egress, replace(backend, id=2))

    assert closed.wait(10)


def test_calls_at_once_use_a_connection_each_and_are_not_all_kept(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    narrow = replace(backend, max_concurrent=1)
    together = threading.Barrier(2, timeout=10)

    def meet(connection: socket.socket) -> None:
        together.wait()
        connection.sendall(reply())

    remote.answer = meet
    other = threading.Thread(target=sent, args=(egress, narrow))
    other.start()
    sent(egress, narrow)
    other.join()
    remote.answer = reply()

    sent(egress, narrow)

    assert (remote.connections, len(remote.received)) == (2, 3)


def test_a_kept_connection_that_the_remote_closed_is_not_used(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    closed = threading.Event()

    def answer_and_close(connection: socket.socket) -> None:
        connection.sendall(reply())
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()
        raise EOFError

    remote.answer = answer_and_close
    sent(egress, backend)
    assert closed.wait(10)
    remote.answer = reply()

    sent(egress, backend)

    assert (remote.connections, len(remote.received)) == (2, 2)


def test_an_answer_that_nobody_asked_for_ends_the_connection(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    said = threading.Event()

    def answer_twice(connection: socket.socket) -> None:
        connection.sendall(reply())
        connection.sendall(reply(b'{"smuggled":true}'))
        said.set()

    remote.answer = answer_twice
    sent(egress, backend)
    assert said.wait(10)
    remote.answer = reply()

    assert sent(egress, backend).body == b'{"ok":true}'
    assert remote.connections == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_nothing_else(
    status: int, remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    remote.answer = reply(status=status, more=f"Location: {remote.url}/elsewhere\r\n")

    assert sent(egress, backend).status == status
    assert len(remote.received) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        reply()[:-1],
        b"this is not HTTP any more\r\n\r\n",
        reply(more="Content-Encoding: gzip\r\n"),
        reply(more="X: y\r\n" * 1000),
        reply(more=f"X: {'y' * 70_000}\r\n"),
    ],
    ids=["drop", "half a head", "cut", "broken", "gzip", "1,000 headers", "huge head"],
)
def test_an_answer_that_is_lost_is_not_asked_for_again(
    answer: bytes, remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    remote.answer = then_close(answer)

    with pytest.raises(AnswerLost):
        sent(egress, backend)

    assert len(remote.received) == 1


def test_a_write_on_a_kept_connection_that_is_dropped_is_not_sent_again(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    sent(egress, backend)
    remote.answer = then_close(b"")

    with pytest.raises(AnswerLost):
        sent(egress, backend)

    assert (remote.connections, len(remote.received)) == (1, 2)


def test_a_byte_now_and_then_does_not_renew_the_time(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    stop = threading.Event()

    def trickle(connection: socket.socket) -> None:
        # Whole in 5 s: who renews the time with each byte gets an answer.
        for byte in reply(b"x" * 20):
            connection.sendall(bytes([byte]))
            if stop.wait(0.05):
                raise EOFError

    remote.answer = trickle

    with pytest.raises(AnswerLost, match="in time"):
        sent(egress, backend, seconds=0.5)

    stop.set()
    assert len(remote.received) == 1


def test_a_remote_that_does_not_read_is_given_up(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        request = replace(POST, body=b"x" * 20_000_000)

        with pytest.raises(AnswerLost, match="in time"):
            sent(egress, replace(backend, base_url=url), request, seconds=0.3)


def test_an_answer_that_comes_before_all_was_read_counts(
    egress: Egress, backend: BackendSettings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as early:

        def refuse() -> None:
            connection, _ = early.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(reply(status=413))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass

        thread = threading.Thread(target=refuse)
        thread.start()
        url = f"http://127.0.0.1:{early.getsockname()[1]}"
        request = replace(POST, body=b"x" * 5_000_000)

        answer = sent(egress, replace(backend, base_url=url), request)
        egress.close()
        thread.join()

    assert answer.status == 413


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (reply(b"x" * 1001), 200),
        (reply(b"x" * 26_000_000, status=500), 500),
        (b"HTTP/1.1 201 OK\r\n\r\n" + b"x" * 26_000_000, 201),
    ],
)
def test_a_body_over_the_cap_is_told_with_its_status(
    answer: bytes,
    status: int,
    remote: Remote,
    egress: Egress,
    backend: BackendSettings,
) -> None:
    remote.answer = then_close(answer)

    with pytest.raises(AnswerTooLarge) as failure:
        sent(egress, backend)

    assert failure.value.status == status


def test_a_port_that_nobody_listens_on_is_a_failed_connection(
    egress: Egress, backend: BackendSettings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ConnectFailed):
        sent(egress, replace(backend, base_url=f"http://127.0.0.1:{port}"))


def test_without_time_nothing_is_sent(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    with pytest.raises(ConnectFailed):
        sent(egress, backend, seconds=0)
    sent(egress, backend)
    with pytest.raises(ConnectFailed):
        sent(egress, backend, seconds=0)
    sent(egress, backend)

    assert (remote.connections, len(remote.received)) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "file:///etc/passwd"},
        {"cidrs": ("0.0.0.0/0",)},
        {"base_url": "https://127.0.0.1", "ca_pem": "nonsense"},
    ],
)
def test_a_row_that_was_never_checked_lets_nothing_out(
    change: dict[str, Any], egress: Egress, backend: BackendSettings
) -> None:
    with pytest.raises(EgressRefused):
        sent(egress, replace(backend, **change))


def test_a_request_that_is_not_http_lets_nothing_out(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    with pytest.raises(EgressRefused):
        sent(egress, backend, replace(POST, headers=(("Host", "evil.example"),)))

    assert remote.connections == 0


def test_each_connection_resolves_once_and_goes_where_that_answer_said(
    remote: Remote, backend: BackendSettings
) -> None:
    resolver = Resolver(["127.0.0.1", "127.0.0.1"], ["169.254.169.254"])
    egress = Egress(resolve=resolver)
    named = replace(backend, base_url=f"http://api.example.com:{remote.port}")

    sent(egress, named)
    sent(egress, named)
    egress.close()
    with pytest.raises(EgressRefused, match="169"):
        sent(egress, named)

    assert resolver.asked == [("api.example.com", remote.port)] * 2
    assert remote.connections == 1
    hosts = [each.all("host") for each in remote.received]
    assert hosts == [[f"api.example.com:{remote.port}"]] * 2


@pytest.mark.allow_hosts(["127.0.0.0/8"])
def test_the_next_vetted_address_is_tried_until_the_fourth(
    remote: Remote, backend: BackendSettings
) -> None:
    nobody = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    resolver = Resolver([*nobody, "127.0.0.1"], [*nobody, "127.0.0.5", "127.0.0.1"])
    egress = Egress(resolve=resolver)
    named = replace(backend, base_url=f"http://api.example.com:{remote.port}")

    sent(egress, named)
    egress.close()
    with pytest.raises(ConnectFailed):
        sent(egress, named)

    assert len(remote.received) == 1


def test_a_name_that_is_unknown_is_a_failed_connection(
    backend: BackendSettings,
) -> None:
    egress = Egress(resolve=Resolver([]))

    with pytest.raises(ConnectFailed):
        sent(egress, replace(backend, base_url="http://api.example.com"))


def test_a_child_process_does_not_use_its_parents_connections(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    sent(egress, backend)

    egress.after_fork()
    sent(egress, backend)

    assert remote.connections == 2
