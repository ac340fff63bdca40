"""Looking, while credentials are kept, whether policy has changed since.

Each process looks for itself, once a second, and only while it keeps something.
"""

import logging
import threading
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from audit.connections import give_connection_back
from governance.models import Tenant
from proxy.credentials.reuse import MEMORY

SECONDS: Final = 1.0

_logger: Final = logging.getLogger(__name__)


class Watch:
    """The thread that looks; there is none while nothing is kept."""

    def __init__(self, *, every: float = SECONDS) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_looking(self) -> bool:
        """Whether there is a thread."""
        with self._lock:
            return self._thread is not None

    def begin(self) -> None:
        """Look from now on, until nothing is kept any more."""
        with self._lock:
            if self._thread is None and not self._ends.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="kept-credentials", daemon=True
                )
                self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ends.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while self._is_needed():
            if self._ends.wait(self._every):
                return
            try:
                look()
            except (DatabaseError, InterfaceError):
                # No call can be made meanwhile, and each loan has an end of its own.
                _logger.warning("kept credentials: the database did not answer")
            except Exception:
                _logger.exception("kept credentials: this look failed, the next comes")
            finally:
                connection.close()

    def _is_needed(self) -> bool:
        with self._lock:
            if not MEMORY.tenants():
                self._thread = None
            return self._thread is not None


def look() -> None:
    """Give back what was borrowed under a policy that is not in force any more."""
    slugs = MEMORY.tenants()
    if slugs:
        tenants = Tenant.objects.filter(slug__in=slugs)
        epochs = dict(tenants.values_list("slug", "policy_epoch"))
        give_connection_back()
        MEMORY.end_outdated(epochs)


WATCH: Final = Watch()
