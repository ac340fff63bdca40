"""Waiting until what a change forbids can't happen any more, in any process."""

import logging
import time
from typing import Final

from django.db import connection

_logger: Final = logging.getLogger(__name__)
LIMIT_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.005

# A transaction takes its lock on a table before the snapshot that its statement goes
# by, and keeps it to its end.  So whoever could still spend by the old policy holds
# one now; waiting for transaction ids alone would miss one that has none yet.
_WRITERS: Final = """
    SELECT DISTINCT l.virtualtransaction FROM pg_locks l
    JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
    WHERE l.mode IN ('RowShareLock', 'RowExclusiveLock') AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_RUNNING: Final = """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'virtualxid' AND virtualtransaction = ANY(%s)
"""


class NotSettled(Exception):
    """The change is committed, but somebody may still act by what was before it."""


def wait_for_writers() -> None:
    """Return once every writing transaction that runs now is over.

    To be called after a commit (``transaction.on_commit``).  Raises NotSettled after
    10 s: what was changed stays changed.
    """
    ends_at = time.monotonic() + LIMIT_SECONDS
    writers = _ask(_WRITERS)
    while writers:
        if time.monotonic() > ends_at:
            _logger.error("%d transactions outlive a change of policy", len(writers))
            raise NotSettled(
                "The change is saved, but transactions that began before it are still"
                " running after 10 seconds. Calls that they hold may still go out."
            )
        time.sleep(_PAUSE_SECONDS)
        writers = _ask(_RUNNING, [writers])


def _ask(statement: str, parameters: list[list[str]] | None = None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [transaction for (transaction,) in cursor.fetchall()]
