"""Ports: free or taken, and a server that is ready or not."""

import socket
import threading
from collections.abc import Iterator

import pytest

from governance.demo.remote.server import Server
from governance.embedded import ports
from governance.embedded.errors import CannotStart
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def fine() -> None:
    """Find nothing wrong."""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_port_is_ours() -> None:
    port = a_port()

    assert ports.claim_port(port) == port


def test_a_taken_port_is_told(taken: int) -> None:
    with pytest.raises(CannotStart, match=f"Port {taken} is taken"):
        ports.claim_port(taken)


@pytest.mark.parametrize("port", [-1, 0, 65_536])
def test_what_is_no_port_is_told(port: int) -> None:
    with pytest.raises(CannotStart, match="from 1 to 65535"):
        ports.claim_port(port)


def test_the_next_free_port_jumps_over_a_taken_one(taken: int) -> None:
    assert ports.next_free_port(taken - 1) > taken


def test_there_is_no_port_after_the_last() -> None:
    with pytest.raises(CannotStart, match="No port is free"):
        ports.next_free_port(65_535)


def test_a_server_that_answers_is_ready() -> None:
    with Server(0, {}) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        port = int(server.server_address[1])

        ports.wait_for_answer(port, "/_received", check=fine, seconds=120)

        with pytest.raises(CannotStart, match="/elsewhere answers 404"):
            ports.wait_for_answer(port, "/elsewhere", check=fine, seconds=0)
        server.shutdown()
        thread.join()


def test_a_server_that_has_stopped_is_not_waited_for() -> None:
    def stopped() -> None:
        raise CannotStart("web has stopped")

    with pytest.raises(CannotStart, match="web has stopped"):
        ports.wait_for_answer(9, "/readyz", check=stopped, seconds=60)


def test_who_listens_need_not_answer(taken: int) -> None:
    ports.wait_for_listener(taken, check=fine, seconds=0)


def test_nobody_who_listens_is_told() -> None:
    with pytest.raises(CannotStart, match="Nothing listens on port 9 "):
        ports.wait_for_listener(9, check=fine, seconds=0)
