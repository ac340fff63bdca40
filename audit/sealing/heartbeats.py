"""Once an hour the log says what time it is, and how many records each tenant has.

So a tenant's auditor, who sees no others' records, can tell that none is left out.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from audit.models import Checkpoint, LogState, TenantCount
from audit.sealing.batches import try_lock
from audit.services.recording import record

EVERY: Final = timedelta(hours=1)
PIECE: Final = 100_000

_COUNT: Final = """
    SELECT r.tenant, count(*)
    FROM audit_leaf l JOIN audit_record r ON r.id = l.record_id
    WHERE l.index >= %s AND l.index < %s AND r.tenant IS NOT NULL GROUP BY r.tenant
"""


@transaction.atomic
def beat(*, now: datetime) -> bool:
    """Record the hour's heartbeats; False if they are not due, or somebody seals."""
    state = LogState.objects.get_or_create(pk=1)[0]
    newest = Checkpoint.objects.newest()
    is_due = state.heartbeat_at is None or now >= state.heartbeat_at + EVERY
    if newest is None or not is_due or not try_lock():
        return False
    _count(state.counted_to, newest.size)
    LogState.objects.filter(pk=1).update(heartbeat_at=now, counted_to=newest.size)
    detail = {"size": newest.size, "skew_milliseconds": _skew(now)}
    record("log.heartbeat", now=now, actor_kind="system", detail=detail)
    for tenant, records in TenantCount.objects.values_list("tenant", "records"):
        record(
            "log.heartbeat",
            now=now,
            actor_kind="system",
            tenant=tenant,
            detail={"size": newest.size, "records": records},
        )
    return True


def _count(begin: int, end: int) -> None:
    for first in range(begin, end, PIECE):
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [first, min(first + PIECE, end)])
            counted = cursor.fetchall()
        for tenant, count in counted:
            TenantCount.objects.get_or_create(tenant=tenant)
            of_tenant = TenantCount.objects.filter(tenant=tenant)
            of_tenant.update(records=F("records") + count)


def _skew(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    return round((theirs - now).total_seconds() * 1000)
