"""Whether this process can take calls: the parts it stands on, one by one."""

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from audit.sealing import trouble
from governance import keys
from governance.checks.database import unapplied_migrations
from governance.keys import KeyUnavailable
from governance.models import SigningKey

MAX_SKEW_SECONDS: Final = 2
QUEUE_SECONDS: Final = 2

# None where all is well, else a sentence for whoever is on duty.
Part = Callable[[datetime], str | None]


def failing(*, now: datetime) -> dict[str, str]:
    """Return the parts that fail, each with a sentence; {} when ready."""
    found = {}
    for name, part in PARTS.items():
        try:
            sentence = part(now)
        except (DatabaseError, InterfaceError, OSError):
            sentence = "The database does not answer."
        if sentence is not None:
            found[name] = sentence
    return found


def database(_now: datetime) -> str | None:
    """Answer whether the database takes a statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def migrations(_now: datetime) -> str | None:
    """Answer whether the schema is that of this program; looks until it once was."""
    return None if _schema_was_current() else "Migrations are not applied."


def key_files(_now: datetime) -> str | None:
    """Answer whether the keys can be read, and the active one sign."""
    active = SigningKey.objects.filter(state=SigningKey.State.ACTIVE).first()
    try:
        for read in (keys.seal_key, keys.nonce_key, keys.fingerprint_key):
            read()
        keys.kek(keys.newest_kek_id())
        if active is not None:
            keys.claim_private_key(active.kid)
    except KeyUnavailable:
        return "A key cannot be read; `manage.py doctor` says which."
    return None


def queue(_now: datetime) -> str | None:
    """Answer whether the queue answers: calls go on without it, deferred ones wait."""
    try:
        _redis(settings.REDIS_URL).ping()
    except redis.RedisError:
        return "The queue (Redis) does not answer."
    return None


def clock(_now: datetime) -> str | None:
    """Answer whether our clock and the database's agree.

    It looks itself what time it is, before and after: a queue or a mail server that
    does not answer has taken seconds already, and so may the database.
    """
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    seconds = max(before - theirs, theirs - timezone.now()).total_seconds()
    if seconds <= MAX_SKEW_SECONDS:
        return None
    return f"The clocks of this machine and the database differ by {seconds:.1f} s."


def evidence(now: datetime) -> str | None:
    """Answer whether evidence is sealed in time, on a database that is no backup."""
    return trouble(now=now)


PARTS: Final[Mapping[str, Part]] = {
    "database": database,
    "migrations": migrations,
    "keys": key_files,
    "queue": queue,
    "clock": clock,
    "evidence": evidence,
}

_seen_current: Final[list[bool]] = []


def _schema_was_current() -> bool:
    # Reading every migration is slow, and a schema does not become old again.
    if not _seen_current and not list(unapplied_migrations()):
        _seen_current.append(True)
    return bool(_seen_current)


@functools.cache
def _redis(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_timeout=QUEUE_SECONDS,
        socket_connect_timeout=QUEUE_SECONDS,
    )
