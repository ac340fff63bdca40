"""A real server on the loopback, and plain sockets to it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from governance.server import server_command
from tests.ports import a_port

ROOT = Path(__file__).parents[3]
LONG_PARTS = 1000


@dataclass
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    last_words: Path

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(120)
        return connection

    def ask(self, raw: bytes) -> bytes:
        """Send the bytes and return all that is answered until the end."""
        with closing(self.connect()) as connection:
            # What is refused by its head need not be read to its end.
            with suppress(ConnectionError):
                connection.sendall(raw)
            return read_all(connection)

    def told(self, raw: bytes) -> dict[str, Any]:
        """Return what the program said of a request that it saw."""
        members: dict[str, Any] = json.loads(self.ask(raw).partition(b"\r\n\r\n")[2])
        return members

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)


def request(
    target: str = "/", *headers: str, method: str = "GET", body: bytes = b""
) -> bytes:
    """Return one request that asks for the connection to be closed."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read_all(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve for the tests of one module, with one worker and short patience."""
    with serving() as server:
        yield server


@pytest.fixture
def ending() -> Iterator[Served]:
    """Serve for one test that ends the server."""
    with serving() as server:
        yield server


@contextmanager
def serving() -> Iterator[Served]:
    """Start a server and stop it at the end, whatever happened."""
    port = a_port()
    command = server_command(
        port=port,
        workers=1,
        drain_seconds=120,
        target="tests.governance.server.program:application",
    )
    command[command.index("--http1-header-read-timeout") + 1] = "3000"
    last_words = Path(tempfile.mkdtemp()) / "last-words"
    environ = {
        **os.environ,
        "LONG_PARTS": str(LONG_PARTS),
        "LAST_WORDS": str(last_words),
    }
    process = subprocess.Popen(command, cwd=ROOT, env=environ)  # noqa: S603 - ours
    try:
        served = Served(port, process, last_words)
        _wait_for(served)
        yield served
    finally:
        process.terminate()  # not SIGKILL: its workers would go on
        process.wait(180)
        shutil.rmtree(last_words.parent)


def _wait_for(served: Served) -> None:
    while served.process.poll() is None:
        try:
            served.connect().close()
        except ConnectionRefusedError:
            continue
        return
    pytest.fail("the server ended at once")
