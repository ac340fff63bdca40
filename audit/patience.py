"""Asking a database with millions of records: what gives up in time, what looks twice.

A bloom filter over pages of records is small, and costs a call nearly nothing; but the
planner, which can't know how few pages it leaves, would rather read all of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from django.db import OperationalError, connection, transaction

PATIENCE_MS: Final = 1500

T = TypeVar("T")


def patiently(count: Callable[[], T]) -> T | None:
    """Return what is counted; None where a statement takes longer than a page may."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            return count()
    except OperationalError:
        return None


@contextmanager
def by_index() -> Iterator[None]:
    """Read no whole table in this block, where any index would do."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield
