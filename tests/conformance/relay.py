"""A relay on the loopback that adds a bearer key and passes all else on.

The conformance suite can't send a credential; it does send its own ``Host`` and
``Origin``, and those have to arrive as they are.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection  # noqa: TID251 (to ourselves, as bytes)
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    to_port: int
    key: str

    def handle_error(self, *_args: Any) -> None:
        """Say nothing of those who hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        onward = HTTPConnection("127.0.0.1", self.server.to_port, timeout=240)
        onward.putrequest(
            self.command, self.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                onward.putheader(name, value)
        onward.putheader("Authorization", f"Bearer {self.server.key}")
        onward.endheaders(body)
        answer = onward.getresponse()
        said = answer.read()
        onward.close()
        self._answer(answer.status, list(answer.headers.items()), said)

    do_GET = do_POST = do_DELETE = do_OPTIONS = _relay  # noqa: N815 (the library's)

    def _answer(self, status: int, headers: list[tuple[str, str]], said: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in (*HOP_BY_HOP, "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


@contextmanager
def relaying(to_port: int, key: str, *, port: int = 0) -> Iterator[int]:
    """Run a relay to a port of this machine; give its own port."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.to_port, server.key = to_port, key
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
