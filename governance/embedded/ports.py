"""Ports on the loopback: whether one is free, and whether a server answers there."""

import errno
import socket
import time
from collections.abc import Callable
from typing import Final

from governance.embedded.errors import CannotStart

HOST: Final = "127.0.0.1"
PORTS: Final = range(1, 65_536)
TRIED: Final = 100


def claim_port(port: int, *, patience_seconds: float = 0) -> int:
    """Return ``port`` if it is free, after waiting for what is about to leave it.

    Raises CannotStart if it stays taken or is not one that we may use.
    """
    deadline = time.monotonic() + patience_seconds
    while not _is_free(port):
        if time.monotonic() >= deadline:
            raise CannotStart(
                f"Port {port} is taken: stop what listens there, or choose another "
                "with --port."
            )
        time.sleep(0.1)
    return port


def next_free_port(after: int) -> int:
    """Return the first free port above ``after``."""
    for port in range(after + 1, min(after + TRIED, PORTS.stop)):
        if _is_free(port):
            return port
    raise CannotStart(f"No port is free above {after}: choose another with --port.")


def wait_for_answer(
    port: int, path: str, *, check: Callable[[], None], seconds: float
) -> None:
    """Wait until ``GET path`` is answered with 200, calling ``check`` meanwhile.

    Raises CannotStart if the time is over first, and whatever ``check`` raises.
    """
    deadline = time.monotonic() + seconds
    while (status := _status(port, path)) != "200":
        check()
        if time.monotonic() > deadline:
            raise CannotStart(
                f"Port {port} is not ready after {seconds:.0f} s: {path} answers "
                f"{status or 'nothing'}."
            )
        time.sleep(0.05)


def wait_for_listener(port: int, *, check: Callable[[], None], seconds: float) -> None:
    """Wait until connections are taken, if not answered yet; else as above."""
    deadline = time.monotonic() + seconds
    while not _listens(port):
        check()
        if time.monotonic() > deadline:
            raise CannotStart(f"Nothing listens on port {port} after {seconds:.0f} s.")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    if port not in PORTS:
        raise CannotStart("A port is a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotStart(
                    f"Port {port} is for root only: choose one above 1023 with --port."
                ) from error
            return False
    return True


def _status(port: int, path: str) -> str:
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(request.encode())
            start = connection.recv(64).decode("latin-1").split(" ")
    except OSError:
        return ""
    return start[1] if len(start) > 1 else ""
