"""The load: one thread, many keep-alive connections, every answer checked.

``python -m bench.load`` reads a specification as JSON from standard input and writes
the figures as JSON to standard output, so that it is a process of its own.
"""

import heapq
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any


@dataclass(slots=True)
class Spec:
    """What to send: ``bodies`` are used in turn, once each if ``once``.

    ``expect`` must occur in every body that is answered with ``status``.
    """

    port: int
    path: str
    key: str = ""
    bodies: list[str] = field(default_factory=list)
    method: str = "POST"
    connections: int = 1
    seconds: float = 5.0
    status: int = 200
    expect: str = ""
    once: bool = False
    also: tuple[int, ...] = ()  # other statuses that are no errors, but no successes
    headers: dict[str, str] = field(default_factory=dict)  # besides the usual ones
    keep: bool = False  # hand the bodies of right answers back


@dataclass(slots=True)
class Figures:
    """What came of it; ``latencies`` are milliseconds, sorted."""

    done: int
    seconds: float
    errors: int
    others: int
    first_error: str
    latencies: list[float]
    bodies: list[str] = field(default_factory=list)
    unmarked: int = 0  # 503 answers without Retry-After

    def quantile(self, share: float) -> float:
        """Return a latency that ``share`` of the answers stay under."""
        if not self.latencies:
            return 0.0
        return self.latencies[
            min(len(self.latencies) - 1, int(share * len(self.latencies)))
        ]

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.done / self.seconds


class _Connection:
    def __init__(self, spec: Spec) -> None:
        self.socket = socket.create_connection(("127.0.0.1", spec.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(60)
        self.buffer = b""
        self.began = 0.0
        self.waits = 0.0  # seconds that the last answer asked for

    def send(self, request: bytes) -> None:
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> tuple[int, bytes] | None:
        """Return status and body once the answer is whole."""
        self.buffer += self.socket.recv(262_144)
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        size = _length(head)
        if len(rest) < size:
            return None
        self.buffer = rest[size:]
        self.waits = _retry_after(head)
        return int(head[9:12]), rest[:size]


def _retry_after(head: bytes) -> float:
    at = head.lower().find(b"retry-after:")
    return float(head[at + 12 :].split(b"\r\n", 1)[0]) if at >= 0 else 0.0


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _requests(spec: Spec) -> Iterator[bytes]:
    head = (
        f"{spec.method} {spec.path} HTTP/1.1\r\nHost: 127.0.0.1:{spec.port}\r\n"
        f"Authorization: Bearer {spec.key}\r\nContent-Type: application/json\r\n"
    )
    head += "".join(f"{name}: {value}\r\n" for name, value in spec.headers.items())
    raws = [
        f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()
        for body in spec.bodies or [""]
    ]
    if spec.once:
        yield from raws
        return
    for number in count():
        yield raws[number % len(raws)]


def run(spec: Spec) -> Figures:
    """Keep every connection busy until the time or the bodies are over."""
    requests, selector = _requests(spec), selectors.DefaultSelector()
    figures = Figures(0, 0.0, 0, 0, "", [])
    began = time.perf_counter()
    ends = began + spec.seconds
    busy = 0
    for _ in range(spec.connections):
        connection = _Connection(spec)
        request = next(requests, None)
        if request is not None:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
            busy += 1
    resting: list[tuple[float, int, _Connection]] = []
    while busy:
        ready = [key.data for key, _ in selector.select(0.05 if resting else None)]
        ready = [
            connection for connection in ready if _answered(figures, spec, connection)
        ]
        now = time.perf_counter()
        for connection in [c for c in ready if c.waits]:
            heapq.heappush(
                resting, (now + connection.waits, id(connection), connection)
            )
        woken = [heapq.heappop(resting)[2] for _ in range(_due(resting, now, ends))]
        for connection in [*(c for c in ready if not c.waits), *woken]:
            request = next(requests, None) if now < ends else None
            if request is None:
                selector.unregister(connection.socket)
                connection.socket.close()
                busy -= 1
            else:
                connection.send(request)
    figures.seconds = time.perf_counter() - began
    figures.latencies.sort()
    return figures


def _due(resting: list[tuple[float, int, _Connection]], now: float, ends: float) -> int:
    """Say how many have rested as long as they were told to, or need not go on."""
    return sum(until <= now or now >= ends for until, _, _ in resting)


def _answered(figures: Figures, spec: Spec, connection: _Connection) -> bool:
    answer = connection.read()
    if answer is not None:
        _count(figures, spec, answer, connection)
    return answer is not None


def _count(
    figures: Figures, spec: Spec, answer: tuple[int, bytes], connection: _Connection
) -> None:
    status, body = answer
    if status == spec.status and spec.expect.encode() in body:
        figures.done += 1
        figures.latencies.append((time.perf_counter() - connection.began) * 1000)
        figures.bodies += [body.decode()] if spec.keep else []
    elif status in spec.also:
        figures.others += 1
        figures.unmarked += not connection.waits
    else:
        figures.errors += 1
        figures.first_error = figures.first_error or f"{status} {body[:300]!r}"


def main() -> None:
    """Run one specification."""
    spec: dict[str, Any] = json.load(sys.stdin)
    spec["also"] = tuple(spec.get("also", ()))
    json.dump(asdict(run(Spec(**spec))), sys.stdout)


if __name__ == "__main__":
    main()
