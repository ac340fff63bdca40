"""One batch of the sealer: all of it commits, or nothing was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from audit import merkle
from audit.models import Checkpoint, Node
from audit.sealing.keys import origin_of_log, remember, signers
from audit.sealing.rollbacks import RolledBack, detect
from audit.sealing.signing import checkpoint_note

BATCH: Final = 2000
# "sealwright log", as the number of an advisory lock.
LOCK: Final = 0x7365_616C
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(%s)"

# By id, which sorts by time: what was allowed comes before how it ended.  What is in
# the log already was put back by somebody who may insert: it is dropped, not doubled.
_TAKE: Final = """
    WITH chosen AS MATERIALIZED (
      SELECT record_id FROM audit_unsealed ORDER BY record_id LIMIT %s),
    taken AS (
      DELETE FROM audit_unsealed u USING chosen c WHERE u.record_id = c.record_id
      RETURNING u.record_id, u.leaf_hash)
    SELECT record_id, leaf_hash FROM taken t
    WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = t.record_id)
    ORDER BY record_id
"""
_PLACE: Final = """
    INSERT INTO audit_leaf (index, record_id, leaf_hash)
    SELECT %s + ordinality - 1, record_id, leaf_hash
    FROM unnest(%s::text[], %s::bytea[]) WITH ORDINALITY t (record_id, leaf_hash)
"""


def seal_all(*, now: datetime) -> int:
    """Seal batch after batch until what waits is less than a full one."""
    sealed = 0
    while True:
        count = seal(now=now)
        sealed += count
        if count < BATCH:
            return sealed


def seal(*, now: datetime) -> int:
    """Seal one batch and return how many records it took; 0 if another one seals.

    Killed at any moment it leaves no gap and no double: places, outbox and checkpoint
    change in one transaction.  Raises RolledBack if the database is behind its anchor,
    ForeignKey if the log's key is not there.
    """
    detected = detect(now=now)
    if detected is not None:
        raise RolledBack(detected)
    with transaction.atomic():
        if not try_lock():
            return 0
        taken = _take()
        if taken:
            _append([hashed for _, hashed in taken], [pk for pk, _ in taken], now)
        return len(taken)


def try_lock() -> bool:
    """Become the one who writes the log in this transaction; False if one is."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY_LOCK, [LOCK])
        (has_it,) = cursor.fetchone()
    return bool(has_it)


def _take() -> list[tuple[str, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [BATCH])
        return [(pk, bytes(hashed)) for pk, hashed in cursor.fetchall()]


def _append(hashes: Sequence[bytes], ids: Sequence[str], now: datetime) -> None:
    last = Checkpoint.objects.newest()
    size, edge = (last.size, merkle.parted(bytes(last.edge))) if last else (0, ())
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [size, list(ids), list(hashes)])
    extended = merkle.extend(size, edge, hashes)
    Node.objects.bulk_create(
        Node(level=full.level, position=full.position, hash=full.hash)
        for full in extended.subtrees
    )
    signing = signers(origin_of_log())
    root = merkle.root_of(extended.edge)
    Checkpoint.objects.create(
        size=extended.size,
        root=root,
        edge=merkle.joined(extended.edge),
        note=checkpoint_note(extended.size, root, signers=signing),
        at=now,
    )
    remember(signing, size=extended.size, now=now)
