"""The sockets of the demo remote: HTTP/1.1 with keep-alive, a thread a connection.

Read by hand, since ``http.server`` costs more a request than a whole governed call.
"""

import socketserver
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from governance.demo.remote.behaviour import Behaviour
from governance.demo.remote.messages import Answer, Request
from governance.demo.remote.remote import Remote

MAX_LINE = 65_536
MAX_BODY = 64_000_000
CHUNK = 65_536
REQUEST_PARTS = 3  # method, target, version (RFC 9112, section 3)
CODED = "transfer-encoding"


class Server(socketserver.ThreadingTCPServer):
    """A demo remote on a loopback port; port 0 takes any free one."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, credentials: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.remote = Remote(credentials)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Gone(Exception):
    """The other side has closed, or speaks something that is not HTTP/1.1."""


class Connection(socketserver.StreamRequestHandler):
    """One connection: requests one after the other, until one side closes."""

    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer until the other side goes or an answer ends the connection."""
        try:
            while self._answer(self._read()):
                pass
        except (Gone, OSError):
            return

    def _read(self) -> Request:
        start = self._line().split(" ")
        headers: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.partition(":")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        length = headers.get("content-length", "0")
        if len(start) != REQUEST_PARTS or not length.isdigit() or CODED in headers:
            raise Gone
        body = self.rfile.read(min(int(length), MAX_BODY))
        return Request(_now(), start[0], start[1], headers, body)

    def _line(self) -> str:
        line = self.rfile.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise Gone
        return line.rstrip(b"\r\n").decode("latin-1")

    def _answer(self, request: Request) -> bool:
        remote = self.server.remote
        own = remote.own(request)
        if own is not None:
            return self._send(own)
        remote.note(request)
        behaviour = remote.mood.take()
        if behaviour.mode == "error":
            return self._send(Answer(behaviour.status, {"message": "As asked"}))
        return self._behave(behaviour, request, remote.work(request))

    def _behave(self, behaviour: Behaviour, request: Request, answer: Answer) -> bool:
        match behaviour.mode:
            case "drop":
                return False
            case "broken":
                self.wfile.write(b"\x00\x01 this is not HTTP any more\r\n\r\n")
                return False
            case "huge":
                return self._send_huge(behaviour.size)
            case "slow":
                time.sleep(behaviour.seconds)
            case "echo":
                secret = request.headers.get("authorization", "")
                echo = request.shown(openly=True)
                return self._send(Answer(answer.status, echo, {"X-Echo": secret}))
        return self._send(answer)

    def _send(self, answer: Answer) -> bool:
        self.wfile.write(answer.encoded())
        return True

    def _send_huge(self, size: int) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}"
        self.wfile.write(f"{head}\r\n\r\n".encode())
        for start in range(0, size, CHUNK):
            self.wfile.write(b"x" * min(CHUNK, size - start))
        return True


def _now() -> str:
    now = datetime.now(UTC)  # noqa: TID251 - a system of others has no Django
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
