"""Which revision a backend speaks, as this process has learnt it."""

import threading
import time
from collections.abc import Callable
from typing import Final

from governance.egress import BackendSettings

KNOWN_SECONDS: Final = 600.0


class Eras:
    """What is known of backends, for ten minutes each; thread-safe.

    A backend that was changed is another one: its version is part of the key.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[tuple[int, int], tuple[str, float]] = {}

    def known(self, backend: BackendSettings) -> str | None:
        """Return the revision to speak to it; None if it has to be asked."""
        version, until = self._known.get(_key(backend), ("", 0.0))
        return version if version and self._now() < until else None

    def learn(self, backend: BackendSettings, version: str) -> None:
        """Remember what it said."""
        now = self._now()
        with self._lock:
            kept = {key: each for key, each in self._known.items() if now < each[1]}
            self._known = {**kept, _key(backend): (version, now + KNOWN_SECONDS)}

    def forget(self, backend: BackendSettings) -> None:
        """Ask it again next time: it no longer answers as it did."""
        with self._lock:
            self._known.pop(_key(backend), None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()


def _key(backend: BackendSettings) -> tuple[int, int]:
    return backend.id, backend.version


ERAS: Final = Eras()
