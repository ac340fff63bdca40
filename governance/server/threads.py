"""The threads that run the program, fed by the event loop.

``ThreadPoolExecutor`` makes a future with a lock of its own for each request and chains
it to one of the loop's: that was a fifth of what a request cost before the program ran.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

Work = Callable[[], None]
_Order = tuple[Work, asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Threads:
    """A fixed number of threads; whoever finds none free waits in their queue."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = False
        self._queue: SimpleQueue[_Order] = SimpleQueue()

    async def run(self, work: Work) -> None:
        """Run something in a thread, and raise what it raised; await it in the loop."""
        if not self._started:  # in the worker process, not before it was forked
            self._start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put((work, loop, done))
        await done

    def _start(self) -> None:
        self._started = True
        for number in range(self._count):
            name = f"web-{number}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _serve(self) -> None:
        while True:
            work, loop, done = self._queue.get()
            error: BaseException | None = None
            try:
                work()
            except BaseException as failure:  # noqa: BLE001 (raised where it is awaited)
                error = failure
            # A loop that is closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_end, done, error)
            del work, done, error  # nothing of a request outlives it here


def _end(done: "asyncio.Future[None]", error: BaseException | None) -> None:
    if done.done():  # whoever asked has gone
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
