"""Refusals that come in floods: recorded at once, then once a minute with a count."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Final, Unpack

from django.db import connection
from django.utils import timezone

from audit.context import Context, current, use
from audit.errors import RecordUnavailable
from audit.services.facts import Facts
from audit.services.recording import record_denied

WINDOW: Final = timedelta(minutes=1)
# Who invents keys must not fill our memory: beyond this many, the rest share one.
MAX_KEYS: Final = 10_000
OTHERS: Final = "others"


@dataclass(slots=True)
class _Flood:
    event: str
    facts: Facts
    since: datetime
    unrecorded: int = 0
    context: Context = field(default_factory=current)

    def is_over(self, now: datetime) -> bool:
        return now >= self.since + WINDOW


class Floods:
    """The floods of this process, each known by an event and a key."""

    def __init__(self) -> None:
        self._floods: dict[tuple[str, str], _Flood] = {}
        self._lock = Lock()

    def record(
        self, event: str, key: str, *, now: datetime, **facts: Unpack[Facts]
    ) -> str | None:
        """Record one refusal, or count it; see ``record_flood``."""
        with self._lock:
            flood = self._place(event, key, now)
            flood.facts, flood.context = facts, current()
            flood.unrecorded += 1
            if not flood.is_over(now):
                return None
        return self._write(flood, now)

    def settle(self, *, now: datetime, at_once: bool = False) -> int:
        """Record the counts of floods whose minute is over, or of all of them."""
        with self._lock:
            places = self._floods.items()
            over = {k: f for k, f in places if at_once or f.is_over(now)}
            waiting = [flood for flood in over.values() if flood.unrecorded]
            for place, flood in over.items():
                if not flood.unrecorded:
                    del self._floods[place]
        return sum(self._write(flood, now) is not None for flood in waiting)

    def _place(self, event: str, key: str, now: datetime) -> _Flood:
        if len(self._floods) >= MAX_KEYS and (event, key) not in self._floods:
            key = OTHERS
        # A new one counts as over, so that its first refusal is recorded at once.
        return self._floods.setdefault(
            (event, key), _Flood(event, {}, since=now - WINDOW)
        )

    def _write(self, flood: _Flood, now: datetime) -> str | None:
        with self._taken(flood, now) as (count, facts):
            if not count:  # another thread was faster
                return None
            facts["detail"] = {**(facts.get("detail") or {}), "count": count}
            with use(flood.context):  # of the last refusal, whoever writes it
                return record_denied(flood.event, now=now, **facts)

    @contextmanager
    def _taken(self, flood: _Flood, now: datetime) -> Iterator[tuple[int, Facts]]:
        with self._lock:
            count, since = flood.unrecorded, flood.since
            flood.unrecorded, flood.since = 0, now
            facts = flood.facts.copy()
        try:
            yield count, facts
        except RecordUnavailable:
            # Nothing is forgotten: the next refusal tries again, with this count.
            with self._lock:
                flood.unrecorded, flood.since = flood.unrecorded + count, since
            raise


class Settler:
    """Settles this process's floods every minute, from the first counted refusal on."""

    def __init__(self, *, every: timedelta = WINDOW) -> None:
        self._seconds = every.total_seconds()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._ended = Event()

    def begin(self) -> None:
        """Start the thread unless it runs; a forked child has none of its parent's."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._ended = Event()
                self._thread = Thread(
                    target=self._run, args=[self._ended], name="floods", daemon=True
                )
                self._thread.start()

    def end(self) -> None:
        """Let the thread end."""
        self._ended.set()

    def _run(self, ended: Event) -> None:
        while not ended.wait(self._seconds):
            _settle(at_once=False)


_floods: Final = Floods()
settler: Final = Settler()


def record_flood(
    event: str, key: str, *, now: datetime, **facts: Unpack[Facts]
) -> str | None:
    """Record a refusal that may come thousands of times; None if it was only counted.

    ``key`` says which are the same: a key's id or an address prefix, and the reason.
    The first is recorded at once, the others once a minute, with ``count`` in the
    detail.  Each process counts for itself.  Raises RecordUnavailable.
    """
    written = _floods.record(event, key, now=now, **facts)
    if written is None:
        settler.begin()
    return written


def settle_floods(*, now: datetime) -> int:
    """Record the counts of floods that have stopped.

    Returns how many records that made.  Raises RecordUnavailable.
    """
    return _floods.settle(now=now)


def flush_floods() -> None:
    """Record every count now, for this process is about to end."""
    _settle(at_once=True)


def _settle(*, at_once: bool) -> None:
    try:
        _floods.settle(now=timezone.now(), at_once=at_once)
    except RecordUnavailable:
        return  # logged where it was found out; nothing is forgotten
    finally:
        connection.close()
