"""Credentials of reads that are used again for a while, in this process's memory.

The same power or no reuse: the key holds tenant, lane with its versions, agent and the
whole narrowed question, so two scopes never share.  An entry ends with its time, with
any change of policy (``watching.py`` looks), or when a backend refuses it; it is given
back then, or when the last call that uses it is over.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from proxy.credentials.loans import Borrowing, Loan

# Each waits for its end in a thread: agents that ask for many scopes make no more.
MAX_KEPT: Final = 100

Key = tuple[str, ...]
End = Callable[[], None]


@dataclass(slots=True)
class Kept:
    """A loan in use by ``users`` calls; ``end`` gives it back."""

    loan: Loan
    epoch: int
    until: float
    end: End
    users: int = 1
    is_over: bool = False
    timer: threading.Timer | None = field(default=None, repr=False)


class Memory:
    """What is kept, by key; thread-safe, and never locked over the network."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[Key, Kept] = {}

    @property
    def is_full(self) -> bool:
        """Whether a loan more would be too many to wait for."""
        return len(self._kept) >= MAX_KEPT

    def take(self, key: Key, *, epoch: int) -> Kept | None:
        """Return a loan of exactly this power, to be let go later."""
        with self._lock:
            kept = self._kept.get(key)
            is_fit = kept and kept.epoch == epoch and self._now() < kept.until
            if kept and is_fit:
                kept.users += 1
                return kept
        if kept:
            self._drop(key, kept)
        return None

    def keep(
        self, key: Key, loan: Loan, *, epoch: int, seconds: float, end: End
    ) -> Kept:
        """Keep a loan that a call uses now."""
        kept = Kept(loan, epoch, self._now() + seconds, end)
        timer = threading.Timer(seconds, self._drop, (key, kept))
        timer.daemon = True
        kept.timer = timer
        with self._lock:
            other, self._kept[key] = self._kept.get(key), kept
        timer.start()
        if other:
            self._finish(other)
        return kept

    def let_go(self, key: Key, kept: Kept, *, is_refused: bool) -> None:
        """End one call's use; for everybody, if the backend refused the credential."""
        if is_refused:
            self._drop(key, kept)
        with self._lock:
            kept.users -= 1
            is_last = kept.is_over and kept.users == 0
        if is_last:
            kept.end()

    def tenants(self) -> set[str]:
        """Return for whom something is kept."""
        with self._lock:
            return {key[0] for key in self._kept}

    def end_outdated(self, epochs: Mapping[str, int]) -> None:
        """End what was borrowed under another policy than its tenant's of now."""
        with self._lock:
            kept = list(self._kept.items())
        for key, each in kept:
            if epochs.get(key[0]) != each.epoch:
                self._drop(key, each)

    def forget(self) -> None:
        """End everything that is kept, as the process stops."""
        with self._lock:
            held, self._kept = self._kept, {}
        for kept in held.values():
            self._finish(kept)

    def _drop(self, key: Key, kept: Kept) -> None:
        with self._lock:
            if self._kept.get(key) is kept:
                del self._kept[key]
        self._finish(kept)

    def _finish(self, kept: Kept) -> None:
        with self._lock:
            is_first, kept.is_over = not kept.is_over, True
            is_unused = kept.users == 0
        if kept.timer:
            kept.timer.cancel()
        if is_first and is_unused:
            kept.end()


MEMORY: Final = Memory()


def forget() -> None:
    """End everything that is kept, as the process stops."""
    MEMORY.forget()


def key_of(borrowing: Borrowing) -> Key:
    """Return what two loans have in common that can do exactly the same."""
    lane = borrowing.lane
    return (
        lane.tenant,
        lane.name,
        f"{lane.version}.{lane.secret_version}",
        borrowing.call.agent,
        json.dumps(dict(borrowing.asked), sort_keys=True),
    )
