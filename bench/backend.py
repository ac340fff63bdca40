"""A quick backend that counts: what a call would be without anything in front of it.

``python -m bench.backend PORT``.  ``/_count`` tells how many other requests came;
a path that begins with ``/slow`` is answered after two seconds, and ``/mcp`` is an MCP
server of revision 2026-07-28 whose every tool says the same.
"""

import asyncio
import json
import sys
from typing import Any, Final

SLOW_SECONDS: Final = 2.0
BODY: Final = (
    b'{"id":1,"state":"open","title":"a pull request","text":"' + b"x" * 128 + b'"}'
)


class Backend(asyncio.Protocol):
    """One keep-alive connection."""

    received = 0
    transport: asyncio.Transport

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in the buffer."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            size = _content_length(head)
            if len(self.buffer) < end + 4 + size:
                return
            body = self.buffer[end + 4 : end + 4 + size]
            self.buffer = self.buffer[end + 4 + size :]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path == b"/_count":
            self._write(str(Backend.received).encode())
            return
        if path == b"/mcp":
            self._write(_message(json.loads(body)))
            return
        Backend.received += 1
        if path.startswith(b"/slow"):
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._write, BODY)
        else:
            self._write(BODY)

    def _write(self, body: bytes) -> None:
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)


def _message(asked: dict[str, Any]) -> bytes:
    """Return an answer to a JSON-RPC message; only calls are counted."""
    result: dict[str, Any] = {"resultType": "complete"}
    if asked["method"] == "tools/call":
        Backend.received += 1
        result["content"] = [{"type": "text", "text": BODY.decode()}]
    else:
        result |= {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
        result |= {"ttlMs": 0, "cacheScope": "private"}
    answer = {"jsonrpc": "2.0", "id": asked["id"], "result": result}
    return json.dumps(answer).encode()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Backend, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
