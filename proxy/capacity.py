"""How many calls may run at once in this process; more are refused, never queued.

Per backend, so that a slow one does not take every thread; per tenant, so that one
never takes the last four.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from django.conf import settings

from governance.decision import Reason
from governance.errors import Denied

SPARE_THREADS: Final = 4

_Key = TypeVar("_Key", int, str)


class Capacity:
    """The seats of one process; thread-safe, and nobody ever waits for one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._backends: Counter[int] = Counter()
        self._tenants: Counter[str] = Counter()
        self._draining = False

    @contextmanager
    def seat(self, tenant: str, backend_id: int, limit: int) -> Iterator[None]:
        """Hold a seat while a call runs.

        Raises Denied ``backend_busy``, or ``unavailable`` where the process drains;
        nothing was spent then.
        """
        with self._changed:
            self._refuse(tenant, backend_id, limit)
            self._backends[backend_id] += 1
            self._tenants[tenant] += 1
        try:
            yield
        finally:
            with self._changed:
                _leave(self._backends, backend_id)
                _leave(self._tenants, tenant)
                self._changed.notify_all()

    def stop_taking(self) -> None:
        """Refuse every new call from now on: the process is about to end."""
        with self._changed:
            self._draining = True

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait for the calls in flight; False if some still run after ``timeout`` s."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._backends, timeout)

    def _refuse(self, tenant: str, backend_id: int, limit: int) -> None:
        if self._draining:
            raise Denied(Reason.UNAVAILABLE, "This process is stopping.", retry_after=1)
        most = max(1, settings.WEB_THREADS - SPARE_THREADS)
        if self._backends[backend_id] >= limit or self._tenants[tenant] >= most:
            raise Denied(Reason.BACKEND_BUSY, retry_after=1)


def _leave(counter: Counter[_Key], key: _Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


CAPACITY: Final = Capacity()
seat = CAPACITY.seat
stop_taking = CAPACITY.stop_taking
wait_until_idle = CAPACITY.wait_until_idle
