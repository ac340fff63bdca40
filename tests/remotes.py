"""A real remote on the loopback that keeps what it received and answers as told."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Script = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as its bytes came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(slots=True)
class Remote:
    """What came, and what is answered: bytes, or a script that has the socket.

    A script that returns leaves the connection open; one that raises EOFError ends it.
    """

    port: int = 0
    answer: bytes | Script = b""
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """The base URL of the plain remote."""
        return f"http://127.0.0.1:{self.port}"


def reply(
    body: bytes = b'{"ok":true}',
    *,
    status: int = 200,
    content_type: str = "application/json",
    more: str = "",
) -> bytes:
    """Return a plain, whole answer; ``more`` are further header lines."""
    head = (
        f"HTTP/1.1 {status} Said\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode("latin-1") + body


def then_close(answer: bytes) -> Script:
    """Return a script that says ``answer`` and hangs up."""

    def script(connection: socket.socket) -> None:
        connection.sendall(answer)
        raise EOFError

    return script


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128  # whoever finds it full comes again a second later
    remote: Remote
    tls: ssl.SSLContext | None = None


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Serve requests until somebody hangs up."""
        remote = self.server.remote
        connection: socket.socket = self.request
        try:
            if self.server.tls is not None:
                connection = self.server.tls.wrap_socket(connection, server_side=True)
            remote.connections += 1
            while received := _read(connection):
                remote.received.append(received)
                _answer(connection, remote.answer)
        except (OSError, EOFError):
            return
        finally:
            connection.close()


def _answer(connection: socket.socket, answer: bytes | Script) -> None:
    if isinstance(answer, bytes):
        connection.sendall(answer)
    else:
        answer(connection)


def _read(connection: socket.socket) -> Received | None:
    held = b""
    while b"\r\n\r\n" not in held:
        more = connection.recv(65_536)
        if not more:
            return None
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name, value) for name, _, value in (x.partition(": ") for x in lines)]
    size = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
    while len(body) < size:
        body += connection.recv(65_536)
    method, target, _ = first.split(" ")
    return Received(method, target, headers, body)


@contextmanager
def serving(remote: Remote, *, tls: ssl.SSLContext | None = None) -> Iterator[Remote]:
    """Run a remote on a free port of the loopback."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.remote, server.tls = remote, tls
        remote.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield remote
        finally:
            server.shutdown()
            thread.join()
