"""What people's pages cost: a full inbox, and a hundred that stay open."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

from bench.load import Spec
from bench.rig import CHECKOUT, Rig
from bench.rows import Row, call

INBOXES: Final = 100
EVERY_SECONDS: Final = 5.0
NOT_MODIFIED: Final = 304
FULL: Final = 1000
ASKED: Final = {"repo": "payments-api", "pull": 185, "body": "x" * 120}


@dataclass(slots=True)
class Inbox:
    """One open inbox: a connection that is kept, a session, and the last tag.

    The first round of a hundred takes longer than the server keeps a quiet connection,
    so each then takes another one, as a browser does.
    """

    port: int
    cookie: str
    tag: str = '""'
    connection: socket.socket | None = None

    def look(self) -> int:
        """Poll as the page does; return the status, and keep the tag."""
        head = (
            "GET /approvals/live?tab=waiting&page=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: session={self.cookie}\r\nHX-Request: true\r\n"
            f"If-None-Match: {self.tag}\r\n\r\n"
        )
        try:
            return self._asked(head.encode())
        except ConnectionError:
            self.connection = None
            return self._asked(head.encode())

    def _asked(self, head: bytes) -> int:
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port))
        self.connection.sendall(head)
        return self._read(self.connection)

    def _read(self, connection: socket.socket) -> int:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += _more(connection)
        head, _, body = raw.partition(b"\r\n\r\n")
        fields = dict(
            line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:]
        )
        missing = int(fields.get("content-length", "0")) - len(body)
        while missing > 0:
            missing -= len(_more(connection))
        self.tag = fields.get("etag", self.tag)
        return int(head.split()[1])


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65_536)
    if not got:
        raise ConnectionResetError("the connection of an inbox was closed")
    return got


def inboxes(rig: Rig, seconds: float) -> list[Row]:
    """Measure the inbox with 1,000 requests pending, and a hundred that poll."""
    rig.load(
        Spec(
            rig.port,
            "/v1/calls",
            rig.key,
            [call("bench.ask", ASKED)],
            status=202,
            once=True,
        )
    )
    cookies = _prepared(rig)
    full = rig.load(
        Spec(
            rig.port,
            "/approvals/?tab=pending",
            headers={"Cookie": f"session={cookies[0]}"},
            method="GET",
            seconds=seconds,
            expect="more from this session",
        )
    )
    name = f"inbox, {FULL} pending"
    row = Row(name, 1, full.rate, full.quantile(0.5), full.quantile(0.99))
    return [row, _open(rig, cookies, max(seconds, 2 * EVERY_SECONDS))]


def _prepared(rig: Rig) -> list[str]:
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "bench.waiting", str(FULL), str(INBOXES)],
        env=os.environ | rig.environ,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
    )
    cookies: list[str] = json.loads(done.stdout)
    return cookies


def _open(rig: Rig, cookies: list[str], seconds: float) -> Row:
    opened = [Inbox(rig.port, cookie) for cookie in cookies]
    for inbox in opened:
        inbox.look()
    before, began, polls = rig.cpu_seconds(), time.perf_counter(), 0
    pause = EVERY_SECONDS / len(opened)
    while time.perf_counter() - began < seconds:
        if opened[polls % len(opened)].look() != NOT_MODIFIED:
            raise RuntimeError("an unchanged inbox was rendered again")
        polls += 1
        time.sleep(max(0.0, began + polls * pause - time.perf_counter()))
    took = time.perf_counter() - began
    spent = rig.cpu_seconds() - before
    note = f"{spent / took * 100:.1f} % of one core"
    name = f"{len(opened)} open inboxes"
    milliseconds = spent / polls * 1000
    return Row(name, len(opened), polls / took, 0, 0, milliseconds, note)
