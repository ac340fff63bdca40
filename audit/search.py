"""One page of a search: newest first, by key, with what would help if it is empty."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from audit.access import AuditScope
from audit.columns import Row
from audit.filters import Filters
from audit.models import Record, RecordQuerySet
from audit.patience import by_index
from audit.rows import read

ROWS: Final = 50
COUNTED: Final = 10_000
# The same order as that of the ids, of which no index knows: so the records of a window
# are looked up by their time, instead of all that came after it being skipped.
_BESIDE: Final = Concat("pk", Value(""))


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records, and where the next and the previous one begin."""

    rows: Sequence[Row]
    count: int
    older_than: str | None
    newer_than: str | None

    @property
    def is_counted(self) -> bool:
        """Whether ``count`` is exact; there may be any number beyond ``COUNTED``."""
        return self.count <= COUNTED


def search(
    filters: Filters,
    *,
    scope: AuditScope,
    now: datetime,
    before: str = "",
    after: str = "",
) -> Found:
    """Return the page before, or after, a record's id; by default the newest."""
    with by_index() if filters.q else nullcontext():
        return _search(filters, scope=scope, now=now, before=before, after=after)


def _search(
    filters: Filters, *, scope: AuditScope, now: datetime, before: str, after: str
) -> Found:
    records = filters.records(scope)
    matching = list(_ids(records.order_by())[: COUNTED + 1])
    if len(matching) <= COUNTED:
        # All are known already: no second walk through what does not match.
        older, newer = _around(sorted(matching, reverse=True), before, after)
    else:
        key = _BESIDE if _is_long_ago(filters, now) else F("pk")
        older, newer = _walk(records, before, after, key)
    page = newer[-ROWS:] if after else older[:ROWS]
    return Found(
        rows=read(Record.objects.filter(pk__in=page).order_by("-pk")),
        count=len(matching),
        older_than=page[-1] if page and (after or len(older) > ROWS) else None,
        newer_than=page[0] if page and (before or len(newer) > ROWS) else None,
    )


def _ids(records: RecordQuerySet) -> QuerySet[Record, str]:
    return records.values_list("pk", flat=True)


def _around(ids: list[str], before: str, after: str) -> tuple[list[str], list[str]]:
    older = [pk for pk in ids if not before or pk < before]
    newer = [pk for pk in ids if after and pk > after]
    return older, newer


def _is_long_ago(filters: Filters, now: datetime) -> bool:
    """Whether more happened since the window that is asked for than in it."""
    if filters.since is None or filters.until is None:
        return False
    return filters.until - filters.since < now - filters.until


def _walk(
    records: RecordQuerySet, before: str, after: str, key: F | Concat
) -> tuple[list[str], list[str]]:
    older = records.filter(pk__lt=before) if before else records
    if not after:
        return list(_ids(older.order_by(key.desc()))[: ROWS + 1]), []
    newer = list(_ids(records.filter(pk__gt=after).order_by(key.asc()))[: ROWS + 1])
    return [], newer[::-1]


def to_loosen(filters: Filters, *, scope: AuditScope) -> list[str]:
    """Return the filters any one of which, left out, would let something be found."""
    return [
        name for name in filters.used() if filters.without(name).records(scope).exists()
    ]


def only_call(filters: Filters, *, scope: AuditScope) -> str | None:
    """Return the one call that all of these records belong to, or None."""
    with by_index():
        records = filters.records(scope).filter(call_id__isnull=False).order_by()
        first = records.values_list("call_id", flat=True).first()
        if first is None or records.exclude(call_id=first).exists():
            return None
        return str(first)
