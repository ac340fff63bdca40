"""The services that we stand on: the queue, the mail server, the clock."""

from collections.abc import Iterator
from datetime import datetime

import redis
from django.conf import settings
from django.core.mail import get_connection

from governance.operations import readiness
from governance.operations.finding import Finding, note


def queue(now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with Redis."""
    sentence = readiness.queue(now)
    if sentence is not None:
        yield Finding(
            f"{sentence} Check REDIS_URL: calls go on, mail and deferred calls wait."
        )
        return
    policy = _eviction_policy()
    if policy is None:
        yield note(
            "Redis does not tell its eviction policy: make sure that it is noeviction."
        )
    elif policy != "noeviction":
        yield Finding(
            f"Redis evicts keys when it is full ({policy}): set maxmemory-policy to "
            "noeviction, or messages and rate limits vanish."
        )


def _eviction_policy() -> str | None:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as server:
            told: dict[str, str] = server.config_get("maxmemory-policy")
    except redis.RedisError:
        return None  # managed services forbid CONFIG
    return told.get("maxmemory-policy")


def mail(_now: datetime) -> Iterator[Finding]:
    """Yield what keeps approvers from being told."""
    if not settings.PRODUCTION:
        return
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith(".invalid"):
        yield Finding(
            "DEFAULT_FROM_EMAIL is no address of yours: set it to one that may send."
        )
    try:
        with get_connection(fail_silently=False):
            pass
    except OSError as error:  # smtplib's errors are OSErrors too
        yield Finding(
            f"The mail server can't be used ({type(error).__name__}): check EMAIL_URL, "
            "as in smtp+tls://user:password@smtp.example.com:587."
        )
    yield note(
        "Turn click tracking off at your mail provider: it would put its own address "
        "in front of the Review link and read along."
    )


def clock(now: datetime) -> Iterator[Finding]:
    """Yield how far the clocks are apart, if it is too far."""
    sentence = readiness.clock(now)
    if sentence is not None:
        yield Finding(f"{sentence} Let both follow NTP.")
