"""Giving credentials back after their use, without keeping the answer waiting.

The first try has half a second of the call's time.  What takes longer goes on in a few
threads of this process, and so does what was kept, of which no call is told: the secret
is in no task, row or file, so a process that is killed leaves its credentials to their
own end, which the call's row tells.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from governance.egress import Deadline
from proxy.credentials.failures import NotLent
from proxy.credentials.issuer import MAX_SECONDS
from proxy.credentials.loans import GiveBack

WAIT_SECONDS: Final = 0.5
PAUSES_SECONDS: Final = (0.5, 2.0)  # between three tries
# All that a process may keep (``reuse.MAX_KEPT``) goes back within a second of a change
# of policy, side by side, where its issuers answer in 0.2 s.
THREADS: Final = 32
MAX_WAITING: Final = 256

_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Return:
    """One credential on its way back; ``failed`` records that it lives on."""

    give_back: GiveBack
    failed: Callable[[], None]


class Returns:
    """The few threads that give credentials back; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = threading.BoundedSemaphore(MAX_WAITING)

    def end(self, returned: Return) -> bool:
        """Give back; True if it was done in time, False if it goes on or failed."""
        future = self.begin(returned)
        if future is None:
            return False
        try:
            return future.result(timeout=WAIT_SECONDS)
        except TimeoutError:
            return False

    def begin(self, returned: Return) -> Future[bool] | None:
        """Give back without waiting; None if so many are that this one is not."""
        if self._waiting.acquire(blocking=False):
            return self._submitted(returned)
        returned.failed()
        return None

    def drain(self) -> None:
        """Finish what is on its way back, as the process stops."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)

    def after_fork(self) -> None:
        """Forget the parent's threads: they do not exist here."""
        self.__init__()  # type: ignore[misc]  # the same state as a new one

    def _submitted(self, returned: Return) -> Future[bool]:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, "sealwright-revoke")
            future = self._pool.submit(_given_back, returned)
        future.add_done_callback(lambda _done: self._waiting.release())
        return future


RETURNS: Final = Returns()
os.register_at_fork(after_in_child=RETURNS.after_fork)


def drain() -> None:
    """Finish what is on its way back, as the process stops."""
    RETURNS.drain()


def _given_back(returned: Return) -> bool:
    """Try three times in all; say so in a record if none worked."""
    for pause in (*PAUSES_SECONDS, None):
        try:
            returned.give_back(Deadline(MAX_SECONDS * 2))  # a question gets half of it
        except NotLent as refusal:
            _logger.warning("a credential was not given back: %s", refusal.note)
        except Exception as error:  # noqa: BLE001 - a call waits here with its outcome
            name = type(error).__qualname__
            _logger.error("a credential was not given back: %s", name)  # noqa: TRY400
        else:
            return True
        if pause is not None:
            time.sleep(pause)
    returned.failed()
    return False
