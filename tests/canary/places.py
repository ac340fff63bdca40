"""Everything that an installation stores or says, as text to search in."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import redis
from django.conf import settings
from django.core import mail
from django.db import connection

TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind IN ('r', 'm') AND c.relnamespace = 'public'::regnamespace
"""

# How each kind of key is read.
READ_OF: Final[dict[bytes, Callable[[Any, bytes], object]]] = {
    b"string": lambda client, key: client.get(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
}


def readable(value: Any) -> str:
    """Return a value of a column as text; bytes one character each."""
    match value:
        case bytes() | memoryview():
            return bytes(value).decode("latin-1")
        case str():
            return value
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def tables() -> Iterator[tuple[str, str]]:
    """Yield every table of the database with all of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - our own tables
            rows = cursor.fetchall()
            yield f"table {name}", "\n".join(readable(v) for row in rows for v in row)


def queue() -> Iterator[tuple[str, str]]:
    """Yield what lies in Redis: tasks with their arguments, counters, caches."""
    client: Any = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter():
        kind, name = client.type(key), readable(key)
        yield f"redis {name}", f"{name} {READ_OF[kind](client, key)!r}"


def mails() -> Iterator[tuple[str, str]]:
    """Yield every message, decoded and as it was sent."""
    for number, letter in enumerate(mail.outbox):
        message = letter.message()
        parts = [
            part.get_payload(decode=True).decode()
            for part in message.walk()
            if not part.is_multipart()
        ]
        yield f"mail {number}", "\n".join([message.as_string(), *parts])


def files() -> Iterator[tuple[str, str]]:
    """Yield the logs and other files of the data folder, less the keys."""
    folder = Path(settings.DATA_DIR)
    for path in sorted([*folder.glob("*"), *folder.glob("mail/*")]):
        if path.is_file():
            yield f"file {path.name}", path.read_bytes().decode("latin-1")
