"""Records that are neither sealed nor waiting: somebody deleted from the outbox."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from audit.ids import first_id
from audit.models import LogState
from audit.sealing.batches import try_lock
from audit.services.recording import record

WINDOW: Final = timedelta(minutes=10)
PAGE: Final = 20_000
NAMED: Final = 20

# One snapshot sees a record in the outbox, in the log, or in neither.
_PUT_BACK: Final = r"""
    WITH page AS MATERIALIZED (
      SELECT id FROM audit_record WHERE id > %s ORDER BY id LIMIT %s),
    back AS (
      INSERT INTO audit_unsealed (record_id, leaf_hash)
      SELECT r.id, sha256('\x00'::bytea || r.leaf)
      FROM page JOIN audit_record r USING (id)
      WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id)
        AND NOT EXISTS (SELECT FROM audit_unsealed u WHERE u.record_id = r.id)
      RETURNING record_id)
    SELECT (SELECT max(id) FROM page),
           (SELECT coalesce(array_agg(record_id ORDER BY record_id), '{}') FROM back)
"""


def repair(*, now: datetime) -> list[str]:
    """Put back into the outbox what vanished from it, and return the records' ids.

    The first time it looks at all records, so that those from before there was a log
    are sealed too; then at those of the last ten minutes.
    """
    state = LogState.objects.get_or_create(pk=1)[0]
    after: str | None = first_id("evt", now - WINDOW) if state.repaired_at else ""
    found: list[str] = []
    while after is not None:
        after, back = _page(after, now)
        found += back
    LogState.objects.filter(pk=1).update(repaired_at=now)
    return found


@transaction.atomic
def _page(after: str, now: datetime) -> tuple[str | None, list[str]]:
    if not try_lock():  # somebody seals: it is looked at again in a minute
        return None, []
    with connection.cursor() as cursor:
        cursor.execute(_PUT_BACK, [after, PAGE])
        last, back = cursor.fetchone()
    if back:
        record(
            "log.repaired",
            now=now,
            actor_kind="system",
            detail={"count": len(back), "records": back[:NAMED]},
        )
    return last, back
