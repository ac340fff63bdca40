"""Counting that gives up in time: a busy installation has millions of records."""

from collections.abc import Callable
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
