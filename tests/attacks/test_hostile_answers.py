"""A backend answers with too much, too slowly, in pieces, or in a coding of its own."""

import gzip
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from audit.models import Record
from governance.models import Backend
from governance.services import save_backend
from tests.attacks.tools import publish_covered_write
from tests.racing import WAIT_SECONDS
from tests.remotes import Script, reply, then_close
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MEBIBYTE = 1024 * 1024
JSON_HEAD = b"HTTP/1.1 200 Said\r\nContent-Type: application/json\r\n"


@dataclass(slots=True)
class Flood:
    """A script that sends as much as it is let, and counts it."""

    head: bytes
    piece: bytes
    most: int = 26 * MEBIBYTE
    sent: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.head)
        try:
            while self.sent < self.most:
                connection.sendall(self.piece)
                self.sent += len(self.piece)
        finally:
            self.hung_up.set()
        raise EOFError


def with_length() -> Flood:
    size = 26 * MEBIBYTE
    return Flood(JSON_HEAD + f"Content-Length: {size}\r\n\r\n".encode(), b"x" * 65_536)


def in_chunks() -> Flood:
    head = JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    return Flood(head, b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def until_it_closes() -> Flood:
    return Flood(JSON_HEAD + b"Connection: close\r\n\r\n", b"x" * 65_536)


@pytest.mark.parametrize("flood_of", [with_length, in_chunks, until_it_closes])
def test_an_answer_over_the_cap_is_dropped_and_the_call_has_run(
    stage: Stage, flood_of: Callable[[], Flood]
) -> None:
    publish_covered_write(stage)

    for tool in ("github.read_pr", "github.label_pr"):
        flood = stage.remote.answer = flood_of()
        answer = stage.post({"tool": tool, "args": READ})

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (502, "response_too_large")
        assert len(answer.content) < 2000
        fetched = stage.get(f"calls/{problem['call_id']}").json()
        assert fetched["status"] == "completed"
        assert "result" not in fetched
        events = Record.objects.of_call(problem["call_id"])
        assert list(events.values_list("event", "reason")) == [
            ("call.allowed", None),
            ("call.completed", "response_too_large"),
        ]
        # It was hung up on, with what lies in the sockets' buffers on its way.
        assert flood.hung_up.wait(WAIT_SECONDS)
        assert flood.sent < 16 * MEBIBYTE

    stage.remote.answer = reply()
    assert stage.post({"tool": "github.read_pr", "args": READ}).status_code == 200


BROKEN: dict[str, bytes | Script] = {
    "cut": then_close(JSON_HEAD + b'Content-Length: 900\r\n\r\n{"ok":'),
    "cut in a chunk": then_close(
        JSON_HEAD + b'Transfer-Encoding: chunked\r\n\r\nff\r\n{"ok"'
    ),
    "nothing": then_close(b""),
    "no status line": then_close(b"220 smtp.example.com ESMTP\r\n"),
    "coded unasked": reply(
        gzip.compress(b'{"ok":true}'), more="Content-Encoding: gzip\r\n"
    ),
    "coded in an unknown way": reply(b"?", more="Content-Encoding: dcz\r\n"),
    "a thousand headers": reply(
        more="".join(f"X-{number}: y\r\n" for number in range(1000))
    ),
    "a header of 70 KB": reply(more=f"X-Long: {'y' * 70_000}\r\n"),
    "two lengths": then_close(
        JSON_HEAD + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}       "
    ),
    "a server error": reply(status=500),
    "a request timeout": reply(status=408),
}


def test_what_a_broken_answer_to_a_write_means_is_unclear(stage: Stage) -> None:
    publish_covered_write(stage)

    for name, answer in BROKEN.items():
        stage.remote.answer = answer
        before = stage.sent()
        told = stage.post({"tool": "github.label_pr", "args": READ})

        problem = told.json()
        assert (told.status_code, problem["code"]) == (504, "outcome_unknown"), name
        assert stage.sent() == before + 1, name
        call = stage.get(f"calls/{problem['call_id']}").json()
        assert call["status"] == "outcome_unknown"
        assert "result" not in call
        records = Record.objects.of_call(problem["call_id"])
        assert [record.event for record in records] == ["call.allowed", "call.unknown"]


def test_a_read_with_a_broken_answer_has_failed(stage: Stage) -> None:
    for name, answer in BROKEN.items():
        stage.remote.answer = answer
        told = stage.post({"tool": "github.read_pr", "args": READ})

        problem = told.json()
        assert (told.status_code, problem["code"]) == (502, "backend_error"), name
        assert stage.last_call().state == "failed"
        assert stage.last_record().event == "call.failed"


def test_an_answer_that_drips_is_cut_at_the_deadline(stage: Stage) -> None:
    publish_covered_write(stage)
    backend = Backend.objects.get()
    backend.timeout_seconds = 3  # to send it, on a busy machine, and to give up
    save_backend(backend, by=stage.sam, now=timezone.now())
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(JSON_HEAD + b"Content-Length: 900\r\n\r\n")
        while not over.wait(0.1):  # each byte in time for any timeout of a read
            connection.sendall(b" ")

    stage.remote.answer = drip
    told = stage.post({"tool": "github.label_pr", "args": READ})
    over.set()

    assert (told.status_code, told.json()["code"]) == (504, "outcome_unknown")
    assert stage.last_call().state == "outcome_unknown"
    assert stage.sent() == 1
