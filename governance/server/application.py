"""Our program behind granian's event loop (RSGI).

The loop reads requests whole and within their limits; a thread runs the program.  So
neither slow headers nor slow bodies hold a thread that a call could use.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from governance.server.answers import Program, answer
from governance.server.bodies import BODY_SECONDS, Bodies
from governance.server.environ import Environ, environ_of, refuse_headers, refuse_line
from governance.server.refused import REFUSAL_HEADERS, Refused
from governance.server.rsgi import Protocol, Scope
from governance.server.stopping import on_stop
from governance.server.threads import Threads


class Application:
    """A WSGI program as granian's RSGI interface wants it."""

    def __init__(
        self,
        program: Program,
        *,
        threads: int,
        body_seconds: float = BODY_SECONDS,
        stops: Sequence[Callable[[], object]] = (),
        ends: Sequence[Callable[[], object]] = (),
    ) -> None:
        """Take the program, and what to call when it is to stop and when it has.

        A body over the bound reaches the program cut: it refuses that itself, with
        the page or the problem that its caller can read.
        """
        self._program = program
        self._threads = Threads(threads)
        self._bodies = Bodies(body_seconds)
        self._stops = stops
        self._ends = ends

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Get ready in the worker process; granian calls this in its main thread."""
        on_stop(self._stops)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say the last words: every request was answered.  Granian calls this, too."""
        for action in self._ends:
            action()

    async def __rsgi__(self, scope: Scope, protocol: Protocol) -> None:
        """Answer one request."""
        try:
            environ = await self._read(scope, protocol)
        except Refused as refusal:
            protocol.response_str(refusal.status, REFUSAL_HEADERS, str(refusal))
            return
        await self._threads.run(partial(answer, self._program, environ, protocol))

    async def _read(self, scope: Scope, protocol: Protocol) -> Environ:
        refuse_line(scope)
        body = await self._bodies.read(scope, protocol)
        refuse_headers(scope)
        return environ_of(scope, body)
