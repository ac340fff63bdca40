"""``?wait=``: requests that are held until a person has decided.

Waiters are bounded, so that they can't take the threads of tool calls, and one poller a
process looks for all of them with one query; a waiter holds no database connection.
"""

import logging
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.db import connection

from approvals.models import Approval
from governance.decision import Reason
from governance.errors import Denied
from proxy.metrics import waiters

POLL_SECONDS: Final = 0.25
MAX_WAIT_SECONDS: Final = 20
RETRY_SECONDS: Final = 5
RETRY_SPREAD_SECONDS: Final = 11

_logger: Final = logging.getLogger(__name__)


class Waiters:
    """The requests of this process that wait, by the approval that they wait for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], list[threading.Event]] = defaultdict(list)
        self._count = 0
        self._poller: threading.Thread | None = None
        self._ends = threading.Event()

    def wait_for_change(self, approval_id: str, *, state: str, seconds: float) -> bool:
        """Wait until an approval has left ``state``; False if it has not.

        Raises Denied ``unavailable`` where too many wait already.
        """
        connection.close()
        with waiters.track_inprogress(), self._place(approval_id, state) as changed:
            return changed.wait(0 if self._ends.is_set() else seconds)

    def let_go(self) -> None:
        """Answer whoever waits or comes to wait: this process ends."""
        self._ends.set()
        with self._lock:
            for events in self._waiting.values():
                for event in events:
                    event.set()

    @contextmanager
    def _place(self, approval_id: str, state: str) -> Iterator[threading.Event]:
        changed, key = threading.Event(), (approval_id, state)
        with self._lock:
            if self._count >= settings.WAITERS:
                raise Denied(
                    Reason.UNAVAILABLE,
                    "Too many requests wait here already; ask again without wait.",
                    # Who is turned away together must not come back together: 300
                    # at once are half a second in which no tool call is answered.
                    retry_after=RETRY_SECONDS + secrets.randbelow(RETRY_SPREAD_SECONDS),
                )
            self._count += 1
            self._waiting[key].append(changed)
            self._start_poller()
        try:
            yield changed
        finally:
            with self._lock:
                self._count -= 1
                self._leave(key, changed)

    def _leave(self, key: tuple[str, str], changed: threading.Event) -> None:
        events = self._waiting[key]
        events.remove(changed)
        if not events:
            del self._waiting[key]

    def _start_poller(self) -> None:
        if self._poller is None:
            self._poller = threading.Thread(
                target=self._poll, name="waiters", daemon=True
            )
            self._poller.start()

    def _poll(self) -> None:
        pause = threading.Event()
        while self._still_needed():
            pause.wait(POLL_SECONDS)
            try:
                self._wake()
            except Exception as error:  # noqa: BLE001 - if it ended, all waited in vain
                _logger.warning("waiters: not looked, %s", type(error).__qualname__)
            finally:
                connection.close()

    def _still_needed(self) -> bool:
        with self._lock:
            if self._count == 0:
                self._poller = None
            return self._count > 0

    def _wake(self) -> None:
        with self._lock:
            known = list(self._waiting)
        ids = {approval_id for approval_id, _ in known}
        now = dict(Approval.objects.filter(pk__in=ids).values_list("pk", "state"))
        with self._lock:
            for approval_id, state in known:
                if now.get(approval_id) != state:
                    for event in self._waiting.get((approval_id, state), ()):
                        event.set()


WAITERS: Final = Waiters()
let_go = WAITERS.let_go
