"""What really leaves, and what is made of the answer."""

import os
import socket
import struct
import threading
from dataclasses import replace

import pytest

from governance.egress import (
    AnswerLost,
    AnswerTooLarge,
    BackendSettings,
    Egress,
    EgressRefused,
    OutboundAnswer,
)
from tests.governance.egress.sending import POST, sent
from tests.remotes import Remote, reply, then_close

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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
        # Whole in 9 s: who renews the time with each byte gets an answer.
        for byte in reply(b"x" * 100):
            connection.sendall(bytes([byte]))
            if stop.wait(0.05):
                raise EOFError

    remote.answer = trickle

    with pytest.raises(AnswerLost, match="in time"):
        sent(egress, backend, seconds=3)

    stop.set()
    assert len(remote.received) == 1


def test_a_remote_that_does_not_read_is_given_up(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        request = replace(POST, body=b"x" * 20_000_000)

        with pytest.raises(AnswerLost, match="in time"):
            sent(egress, replace(backend, base_url=url), request, seconds=3)


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


def test_a_connection_that_is_reset_lost_the_answer(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    def reset(connection: socket.socket) -> None:
        now = struct.pack("ii", 1, 0)  # close() resets instead of waiting
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        raise EOFError

    remote.answer = reset

    with pytest.raises(AnswerLost, match="broke"):
        sent(egress, backend)


def test_a_request_that_is_not_http_lets_nothing_out(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    with pytest.raises(EgressRefused):
        sent(egress, backend, replace(POST, headers=(("Host", "evil.example"),)))

    assert remote.connections == 0
