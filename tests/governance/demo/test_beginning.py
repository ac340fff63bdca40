"""The port of the demo remote, over starts."""

import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.demo.beginning import Demo
from governance.demo.handout import NAME, publish
from governance.embedded.errors import CannotStart
from tests.governance.demo.test_handout import HANDOUT
from tests.governance.demo.test_welcome import NOW
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def port() -> int:
    return a_port()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def handed_out(folder: Path, remote_port: int) -> None:
    remote_url = f"http://127.0.0.1:{remote_port}"
    dataclasses.replace(HANDOUT, remote_url=remote_url).write(folder)
    publish(folder)


def test_the_first_time_it_is_the_next_free_port(tmp_path: Path, taken: int) -> None:
    demo = Demo.beside(taken - 1, tmp_path, patience_seconds=0)

    assert demo.remote_port > taken


def test_then_it_is_the_same_again(tmp_path: Path, port: int) -> None:
    handed_out(tmp_path, port)

    demo = Demo.beside(8000, tmp_path, patience_seconds=0)

    assert demo.remote_url == f"http://127.0.0.1:{port}"


def test_a_port_of_somebody_else_is_given_up(tmp_path: Path, taken: int) -> None:
    handed_out(tmp_path, taken)

    demo = Demo.beside(taken - 1, tmp_path, patience_seconds=0)

    assert demo.remote_port > taken


def test_the_server_may_take_the_port_that_was_the_remotes(
    tmp_path: Path, port: int
) -> None:
    handed_out(tmp_path, port)

    demo = Demo.beside(port, tmp_path, patience_seconds=0)

    assert demo.remote_port > port


def test_the_closing_words_publish_the_file(tmp_path: Path) -> None:
    HANDOUT.write(tmp_path)

    words = Demo(tmp_path, 8001).welcome(NOW)

    assert str(tmp_path / NAME) in words
    assert (tmp_path / NAME).exists()


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="start again"):
        Demo(tmp_path, 8001).welcome(NOW)
