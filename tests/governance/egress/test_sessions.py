"""Connections are kept for one backend as it is, for a while, and used once fit."""

import socket
import threading
from dataclasses import replace
from typing import Any

import pytest

from governance.egress import (
    BackendSettings,
    ConnectFailed,
    Deadline,
    Egress,
    OutboundRequest,
)
from governance.egress.sessions import KEPT_SECONDS
from tests.governance.egress.sending import Clock, sent
from tests.remotes import Remote, reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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

    assert closed.wait(120)


def test_calls_at_once_use_a_connection_each_and_are_not_all_kept(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    narrow = replace(backend, max_concurrent=1)
    together = threading.Barrier(2, timeout=120)

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
    assert closed.wait(120)
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
    assert said.wait(120)
    remote.answer = reply()

    assert sent(egress, backend).body == b'{"ok":true}'
    assert remote.connections == 2


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


def test_a_child_process_does_not_use_its_parents_connections(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    sent(egress, backend)

    egress.after_fork()
    sent(egress, backend)

    assert remote.connections == 2


def test_what_is_asked_once_has_a_connection_of_its_own_and_gives_its_headers(
    remote: Remote, egress: Egress, backend: BackendSettings
) -> None:
    remote.answer = reply(more="Retry-After: 30\r\n")
    request = OutboundRequest("POST", "/token", body=b"a=b")

    for _ in range(2):
        answer = egress.once(request, backend=backend, deadline=Deadline(60))

        assert (answer.status, answer.header("Retry-After")) == (200, "30")
        assert answer.header("X-Missing") == ""

    assert (remote.connections, len(remote.received)) == (2, 2)
