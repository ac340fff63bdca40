"""Records whose time is over go; their leaves stay, so every other proof holds.

Only the role that owns the tables may do it, in a transaction that says so: a trigger
in the database lets nobody else delete (migration 0002).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from django.db import connection, transaction

from audit.services.holds import held_of
from audit.services.recording import record

MAX_BATCH: Final = 2000
BATCH_SECONDS: Final = 0.2
# Of places in the log, in one record: its detail has 4 KiB.
MAX_RANGES: Final = 100

# What is not sealed yet stays: its place in the log is what is left of a record.
_OVER: Final = """
    SELECT r.id, l.index FROM audit_record r JOIN audit_leaf l ON l.record_id = r.id
    WHERE r.tenant IS NOT DISTINCT FROM %(tenant)s AND r.at < %(before)s
      AND r.id > %(after)s
    ORDER BY r.id LIMIT %(limit)s
"""
_OWNED: Final = """
    SELECT relowner = current_user::regrole FROM pg_class
    WHERE oid = 'audit_record'::regclass
"""

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Retained:
    """How many records went, and how many stayed because they are held."""

    dropped: int = 0
    held: int = 0


def may_apply() -> bool:
    """Whether this process acts as the role that owns the evidence."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNED)
        return bool(cursor.fetchone()[0])


def apply_retention(
    tenant: str | None,
    *,
    before: datetime,
    now: datetime,
    clock: Callable[[], float] = time.monotonic,
) -> Retained:
    """Drop a tenant's sealed records of before a moment, in short transactions.

    None is the installation's own.  Safe to stop and to run again; a batch commits with
    the ``retention.applied`` that names the places in the log which it emptied.
    """
    after, batch, dropped, held = "", MAX_BATCH, 0, 0
    while found := _over(tenant, before=before, after=after, limit=batch):
        began = clock()
        kept_back = held_of(pk for pk, _ in found)
        gone = _first_ranges([each for each in found if each[0] not in kept_back])
        after = gone[-1][0] if len(gone) + len(kept_back) < len(found) else found[-1][0]
        held += sum(pk <= after for pk in kept_back)
        dropped += len(gone)
        _drop(gone, tenant=tenant, before=before, now=now)
        batch = _next_batch(batch, clock() - began)
    return Retained(dropped, held)


def _over(
    tenant: str | None, *, before: datetime, after: str, limit: int
) -> list[Place]:
    asked = {"tenant": tenant, "before": before, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_OVER, asked)
        return [(pk, index) for pk, index in cursor.fetchall()]


def _first_ranges(places: Sequence[Place]) -> list[Place]:
    """Return the beginning of these, as many as one record can name."""
    fit = list(places)
    while len(ranges_of([index for _, index in fit])) > MAX_RANGES:
        fit = fit[: len(fit) // 2]
    return fit


def ranges_of(indexes: Sequence[int]) -> list[list[int]]:
    """Return places in the log as ``[first, last]``, both included."""
    ordered = sorted(indexes)
    breaks = [at + 1 for at, (a, b) in enumerate(pairwise(ordered)) if b != a + 1]
    bounds = [0, *breaks, len(ordered)] if ordered else []
    return [[ordered[a], ordered[b - 1]] for a, b in pairwise(bounds)]


@transaction.atomic
def _drop(
    gone: Sequence[Place], *, tenant: str | None, before: datetime, now: datetime
) -> None:
    if not gone:
        return
    ids = [pk for pk, _ in gone]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL sealwright.retention = 'on'")
        for table, column in (("audit_personal", "record_id"), ("audit_record", "id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [ids])  # noqa: S608 - both names are ours
        cursor.execute("SET LOCAL sealwright.retention = 'off'")
    ranges = ranges_of([index for _, index in gone])
    record(
        "retention.applied",
        now=now,
        tenant=tenant,
        detail={"records": len(ids), "before": before, "ranges": ranges},
    )


def _next_batch(batch: int, seconds: float) -> int:
    # Rows that are deleted are locked, and evidence is read all the time.
    if seconds > BATCH_SECONDS:
        return max(batch // 2, 50)
    return min(batch * 2, MAX_BATCH)
