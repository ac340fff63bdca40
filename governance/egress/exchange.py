"""Write one request on a connection, and read its answer within the deadline."""

import contextlib
import socket
from dataclasses import dataclass
from typing import Final

from governance.egress.answers import (
    Answer,
    AnswerCut,
    AnswerMalformed,
    Receive,
    Until,
    read_answer,
)
from governance.egress.connections import Connection
from governance.egress.deadlines import Deadline
from governance.egress.failures import AnswerLost

_RECEIVE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an answer is to be read: for which method, how much of it, until when."""

    method: str
    cap: int
    until: Until | None = None


def exchange(
    connection: Connection, raw: bytes, wanted: Wanted, deadline: Deadline
) -> Answer:
    """Write the request and read its answer; from here on a failure is AnswerLost."""
    sock: socket.socket = connection.sock
    try:
        # A remote may answer and close before it has read all: that answer counts.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(raw)
        return read_answer(
            _receiver(sock, deadline),
            method=wanted.method,
            cap=wanted.cap,
            until=wanted.until,
        )
    except TimeoutError as error:
        raise AnswerLost("The answer did not come in time.") from error
    except AnswerCut as error:
        raise AnswerLost("The connection ended before the answer did.") from error
    except AnswerMalformed as error:
        raise AnswerLost(f"The answer can't be read: {error}") from error
    except OSError as error:
        raise AnswerLost("The connection broke before the answer came.") from error


def _receiver(sock: socket.socket, deadline: Deadline) -> Receive:
    def receive() -> bytes:
        # Before each read, so that a byte every second does not renew the time.
        sock.settimeout(deadline.left())
        return sock.recv(_RECEIVE_BYTES)

    return receive
