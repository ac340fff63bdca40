"""Send a request to a backend, over the connections that are kept for it.

A connection is kept for 60 s and belongs to the backend exactly as it was: any change
of the backend ends it.  Nothing is ever sent twice: a kept connection that the remote
has closed is found out before it is used, and whatever fails after that is AnswerLost.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from governance.egress.addresses import parse_cidrs
from governance.egress.answers import Answer, Until
from governance.egress.connections import (
    Connection,
    Gate,
    Resolve,
    connect,
    system_resolver,
    tls_context,
)
from governance.egress.deadlines import Deadline, DeadlinePassed
from governance.egress.exchange import Wanted, exchange
from governance.egress.failures import ConnectFailed, EgressRefused
from governance.egress.outbound import (
    OutboundRequest,
    RequestMalformed,
    encode,
    fixed_head,
)
from governance.egress.urls import parse_url

KEPT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """What a backend's row says; equal settings may share connections."""

    id: int
    version: int
    base_url: str
    cidrs: tuple[str, ...] = ()
    timeout_seconds: int = 30
    max_response_bytes: int = 1_048_576
    max_concurrent: int = 16
    ca_pem: str = ""


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """What came back, whole; ``peer_origin`` is scheme, host and port."""

    status: int
    content_type: str
    body: bytes
    peer_origin: str
    fields: Mapping[bytes, bytes] = field(
        default_factory=dict, repr=False, compare=False
    )

    def header(self, name: str) -> str:
        """Return a header by any spelling of its name; "" if it did not come."""
        return self.fields.get(name.lower().encode(), b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class _Kept:
    connection: Connection
    since: float


class _Pool:
    """The connections kept for one backend, the newest used first; thread-safe."""

    def __init__(
        self, backend: BackendSettings, gate: Gate, now: Callable[[], float]
    ) -> None:
        self.backend = backend
        self.gate = gate
        self.fixed = fixed_head(gate.destination)
        self._now = now
        self._idle: deque[_Kept] = deque()
        self._closed = False

    def take(self, deadline: Deadline) -> _Kept:
        """Return a connection that is fit for a request, kept or new."""
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread took the last one
                kept = self._idle.pop()
                if self._fit(kept):
                    return kept
                kept.connection.close()
        return _Kept(connect(self.gate, deadline=deadline), self._now())

    def give_back(self, kept: _Kept) -> None:
        """Keep a connection whose answer was read to its marked end."""
        self._idle.append(kept)
        # After the append: close() may have emptied the pool just before it.
        if self._closed or len(self._idle) > self.backend.max_concurrent:
            self._drop_oldest()

    def expire(self) -> None:
        """Close what was kept too long and has not been asked for since."""
        for _ in range(len(self._idle)):
            with contextlib.suppress(IndexError):
                if self._now() - self._idle[0].since < KEPT_SECONDS:
                    return
                self._drop_oldest()

    def close(self) -> None:
        """End all kept connections, and those in use when they come back."""
        self._closed = True
        while self._idle:
            self._drop_oldest()

    def _fit(self, kept: _Kept) -> bool:
        # Readable before anything was asked means closed, or an answer to nobody.
        young = self._now() - kept.since < KEPT_SECONDS
        return young and kept.connection.is_connected

    def _drop_oldest(self) -> None:
        with contextlib.suppress(IndexError):
            self._idle.popleft().connection.close()


class Egress:
    """The way out, with the connections that this process keeps; thread-safe."""

    def __init__(
        self,
        *,
        resolve: Resolve = system_resolver,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._resolve = resolve
        self._now = now
        self._lock = threading.Lock()
        self._pools: dict[int, _Pool] = {}

    def send(
        self,
        request: OutboundRequest,
        *,
        backend: BackendSettings,
        deadline: Deadline,
        until: Until | None = None,
        cap: int | None = None,
    ) -> OutboundAnswer:
        """Send ``request`` to ``backend`` once, and read the answer by ``deadline``.

        ``until`` says when a stream of events has told enough; ``cap`` stands for the
        backend's own.

        Raises EgressRefused or ConnectFailed if no byte of it was sent, AnswerLost or
        AnswerTooLarge if it was.
        """
        pool = self._pool(backend)
        raw = _encoded(request, pool)
        kept = _taken(pool, deadline)
        wanted = Wanted(request.method, cap or backend.max_response_bytes, until)
        try:
            answer = exchange(kept.connection, raw, wanted, deadline)
        except BaseException:
            kept.connection.close()
            raise
        if answer.reusable:
            pool.give_back(kept)
        else:
            kept.connection.close()
        return _outbound(answer, pool.gate)

    def once(
        self, request: OutboundRequest, *, backend: BackendSettings, deadline: Deadline
    ) -> OutboundAnswer:
        """Send ``request`` over a connection of its own: for what is asked rarely.

        Brokers, channels and sign-in use it; ``backend.id`` is not looked at.  Raises
        what ``send`` raises.
        """
        pool = _Pool(backend, _gate(backend, self._resolve), self._now)
        raw = _encoded(request, pool)
        kept = _taken(pool, deadline)
        wanted = Wanted(request.method, backend.max_response_bytes)
        try:
            answer = exchange(kept.connection, raw, wanted, deadline)
        finally:
            kept.connection.close()
        return _outbound(answer, pool.gate)

    def close(self) -> None:
        """End all connections that are kept."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def after_fork(self) -> None:
        """Drop the parent's connections: two processes must not write to one."""
        self._lock = threading.Lock()  # the parent's may have been held
        self.close()

    def _pool(self, backend: BackendSettings) -> _Pool:
        pool = self._pools.get(backend.id)
        if pool is not None and pool.backend == backend:
            return pool
        made = _Pool(backend, _gate(backend, self._resolve), self._now)
        with self._lock:
            old = self._pools.get(backend.id)
            self._pools[backend.id] = made
            others = list(self._pools.values())
        if old is not None:
            old.close()
        for other in others:
            other.expire()
        return made


EGRESS: Final = Egress()
os.register_at_fork(after_in_child=EGRESS.after_fork)
send = EGRESS.send
once = EGRESS.once


def _outbound(answer: Answer, gate: Gate) -> OutboundAnswer:
    return OutboundAnswer(
        answer.status,
        answer.content_type,
        answer.body,
        gate.destination.origin,
        answer.fields,
    )


def _gate(backend: BackendSettings, resolve: Resolve) -> Gate:
    try:
        destination = parse_url(backend.base_url)
        secure = destination.scheme == "https"
        tls = tls_context(backend.ca_pem) if secure else None
        return Gate(destination, parse_cidrs(backend.cidrs), resolve, tls)
    except ValueError as error:  # UrlRefused, CidrRefused: the row was not checked
        raise EgressRefused(str(error)) from error


def _encoded(request: OutboundRequest, pool: _Pool) -> bytes:
    path = pool.gate.destination.path
    try:
        return encode(request, path=path, fixed=pool.fixed)
    except RequestMalformed as error:
        raise EgressRefused(str(error)) from error


def _taken(pool: _Pool, deadline: Deadline) -> _Kept:
    kept = pool.take(deadline)
    try:
        kept.connection.sock.settimeout(deadline.left())
    except DeadlinePassed as error:
        pool.give_back(kept)
        raise ConnectFailed("There was no time left to send anything.") from error
    return kept
