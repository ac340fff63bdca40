"""Rates: how often an agent may call, how often an address may guess.

The counters lie in Redis, so that all processes count together; while it is away each
process counts alone.
"""

import logging
import threading
import time
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from typing import Final

import redis
from django.conf import settings

from audit.services import record_flood
from governance.decision import Reason
from governance.errors import Denied
from governance.policy import Principal

GUESSES_A_MINUTE: Final = 20
REDIS_SECONDS: Final = 0.2
RETRY_REDIS_SECONDS: Final = 5.0
MAX_COUNTED: Final = 10_000

_logger: Final = logging.getLogger(__name__)

# A leaky bucket as one number, the moment at which it will be empty (GCRA), on the
# clock of Redis; it answers the milliseconds to wait, 0 for "go on".
_BUCKET: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local cost, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local over = empty_at + cost - now - room
if over > 0 then return math.ceil(over) end
redis.call('SET', KEYS[1], empty_at + cost, 'PX', math.ceil(room + cost))
return 0
"""


class Buckets:
    """Leaky buckets by name, shared through Redis where it answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alone: dict[str, float] = {}
        self._redis_from = 0.0

    def wait_ms(self, name: str, *, cost_ms: float, room_ms: float) -> int:
        """Put a drop in, and answer 0; or the milliseconds until there is room."""
        if time.monotonic() >= self._redis_from:
            try:
                return int(_script()(keys=[name], args=[cost_ms, room_ms]))
            except redis.RedisError:
                self._redis_from = time.monotonic() + RETRY_REDIS_SECONDS
                _logger.warning("no Redis: rates are counted by each process alone")
        return self._wait_alone(name, cost_ms, room_ms)

    def _wait_alone(self, name: str, cost_ms: float, room_ms: float) -> int:
        now = time.monotonic() * 1000
        with self._lock:
            if len(self._alone) > MAX_COUNTED:
                self._alone.clear()
            empty_at = max(self._alone.get(name, now), now)
            over = empty_at + cost_ms - now - room_ms
            if over > 0:
                return int(over) + 1
            self._alone[name] = empty_at + cost_ms
            return 0


@lru_cache(maxsize=1)
def _script() -> "redis.commands.core.Script":
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
    )
    return client.register_script(_BUCKET)


BUCKETS: Final = Buckets()
_guessers: Final[dict[str, float]] = {}


def block_of(address: str) -> str:
    """Return the addresses that one guesser has: an IPv6 host can take any of a /64."""
    if ":" not in address:
        return address
    try:
        known = IPv6Address(address)
    except ValueError:
        return address
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))


def refuse_busy_agent(principal: Principal, *, now: datetime) -> None:
    """Count a request of an agent; raises Denied ``rate_limited`` over its rate.

    ``AGENT_CALLS_PER_SECOND`` 0 lifts the limit.
    """
    rate = settings.AGENT_CALLS_PER_SECOND
    if not rate:
        return
    cost = 1000 / rate
    wait = BUCKETS.wait_ms(
        f"sealwright:calls:{principal.agent_id}",
        cost_ms=cost,
        room_ms=cost * settings.AGENT_CALLS_BURST,
    )
    if wait:
        _limited(f"agent {principal.agent_id}", wait, now=now, principal=principal)


def refuse_guesser(address: str, *, now: datetime) -> None:
    """Raise Denied ``rate_limited`` for a block that showed too many wrong keys.

    Asks this process's memory only, so that a good call pays nothing for guessers; a
    process learns of an address with the first wrong key that it sees of it.
    """
    until = _guessers.get(address, 0.0)
    left = until - time.monotonic()
    if left > 0:
        _limited(f"address {address}", int(left * 1000), now=now, principal=None)


def remember_guess(address: str) -> None:
    """Count a wrong key of a block of addresses, over all processes."""
    cost = 60_000 / GUESSES_A_MINUTE
    name = f"sealwright:guesses:{address}"
    wait = BUCKETS.wait_ms(name, cost_ms=cost, room_ms=60_000)
    if wait:
        if len(_guessers) > MAX_COUNTED:
            _guessers.clear()
        _guessers[address] = time.monotonic() + wait / 1000


def _limited(
    key: str, wait_ms: int, *, now: datetime, principal: Principal | None
) -> None:
    record_flood(
        "request.refused",
        f"{key} rate",
        now=now,
        reason=Reason.RATE_LIMITED,
        tenant=principal.tenant if principal else None,
        agent=principal.agent if principal else None,
    )
    refusal = Denied(Reason.RATE_LIMITED, retry_after=max(1, -(-wait_ms // 1000)))
    refusal.is_recorded = True
    raise refusal
