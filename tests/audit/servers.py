"""Sessions of other roles on the database of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

Session = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def superuser() -> Iterator[Session]:
    """Give a session of the server's superuser, who owns none of our tables."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"] or settings["OPTIONS"].get("host"),
        dbname=settings["NAME"],
        user="postgres",
    ) as session:
        yield session


@contextmanager
def web_role() -> Iterator[Session]:
    """Give a session that may do to evidence what the web role may; undone after."""
    with superuser() as session:
        session.execute("CREATE ROLE sealwright_test_web")
        session.execute(
            "GRANT SELECT, INSERT ON audit_record, audit_personal, audit_unsealed"
            " TO sealwright_test_web"
        )
        session.execute("SET LOCAL ROLE sealwright_test_web")
        yield session
        session.rollback()
