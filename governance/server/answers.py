"""Running the program for one request, and sending what it answers."""

import os
import select
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

from governance.server.environ import Environ
from governance.server.rsgi import Protocol, ProtocolClosed

AT_ONCE_BYTES: Final = 1_048_576
OPEN_SECONDS: Final = 10
STALLED_SECONDS: Final = 60

Headers = list[tuple[str, str]]
Program = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def answer(program: Program, environ: Environ, protocol: Protocol) -> None:
    """Run a WSGI program for one request and send its answer."""
    head: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, _: object = None) -> None:
        head[:] = [(int(status[:3]), headers)]

    chunks = program(environ, start_response)
    try:
        (status, headers), parts = head[0], iter(chunks)
        body, is_whole = _first(parts)
        # Whoever asked may have gone; what was done is done and stored.
        with suppress(ProtocolClosed):
            if is_whole:
                protocol.response_bytes(status, headers, body)
            else:
                _stream(protocol, status, headers, chain([body], parts))
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def _first(parts: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the beginning of an answer, and whether it is all of it."""
    body = next(parts, b"")
    for part in parts:
        body += part
        if len(body) > AT_ONCE_BYTES:
            return body, False
    return body, True


def _stream(
    protocol: Protocol, status: int, headers: Headers, parts: Iterable[bytes]
) -> None:
    """Send a long answer no faster than it is read.

    Through a named pipe: granian's own streams take whatever they are given, and so
    a slow reader's export would lie in memory; and they don't say that he has gone.
    """
    folder = Path(tempfile.mkdtemp(prefix="sealwright-answer-"))
    try:
        path = folder / "pipe"
        os.mkfifo(path, 0o600)
        protocol.response_file(status, headers, str(path))
        pipe = _opened(path)
    finally:
        shutil.rmtree(folder)
    try:
        with suppress(BrokenPipeError):
            for part in parts:
                _write(pipe, part)
    finally:
        os.close(pipe)


def _opened(path: Path) -> int:
    ends = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            # Not before the reader has opened it: else whoever went away is waited for.
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if time.monotonic() > ends:
                raise ProtocolClosed from error
            time.sleep(0.002)


def _write(pipe: int, part: bytes) -> None:
    ready = select.poll()
    ready.register(pipe, select.POLLOUT)
    rest = memoryview(part)
    while rest:
        if not ready.poll(STALLED_SECONDS * 1000):
            raise BrokenPipeError
        rest = rest[os.write(pipe, rest) :]
