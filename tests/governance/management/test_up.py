"""``manage.py up``, really run: up, killed, up again on the same folder, stopped."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from tests.governance.embedded.conftest import needs_linux
from tests.measuring import measured
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

Up = subprocess.Popen[str]


@contextmanager
def up(data: Path, port: int) -> Iterator[Up]:
    """Run the command as a person would, without anything of these tests."""
    command = [sys.executable, "manage.py", "up", "--no-demo"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--data", str(data), "--port", str(port)],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **measured()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def lines_until(process: Up, words: str) -> list[str]:
    """Read what ``up`` says until it says ``words``."""
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return said
    raise AssertionError("".join(said))


@pytest.fixture
def port() -> int:
    return a_port()


@needs_linux
def test_everything_dies_with_it_and_comes_up_again(tmp_path: Path, port: int) -> None:
    data = tmp_path / "var"
    with up(data, port) as process:
        lines_until(process, "Ready.")
        first = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        assert psutil.wait_procs(first, timeout=120)[1] == []
    keys = sorted(path.name for path in (data / "keys").iterdir())

    with up(data, port) as process:
        lines_until(process, "Ready.")
        second = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        assert psutil.wait_procs(second, timeout=120)[1] == []

    assert sorted(path.name for path in (data / "keys").iterdir()) == keys
    assert not (data / "env").exists()


def test_a_taken_port_is_one_sentence(tmp_path: Path, port: int) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()

        with up(tmp_path / "var", port) as process:
            said = lines_until(process, "taken")
            assert process.wait() == 1

    (sentence,) = said
    assert sentence.startswith(f"CommandError: Port {port} is taken: stop what")


def test_a_folder_of_something_else_is_one_sentence(tmp_path: Path, port: int) -> None:
    (tmp_path / "thesis.txt").touch()

    with up(tmp_path, port) as process:
        said = lines_until(process, "holds something else")
        assert process.wait() == 1

    assert len(said) == 1
