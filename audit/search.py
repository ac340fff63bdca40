"""One page of a search: newest first, by key, with what would help if it is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.access import AuditScope
from audit.columns import Row
from audit.filters import Filters
from audit.models import RecordQuerySet
from audit.rows import read

ROWS: Final = 50
COUNTED: Final = 10_000


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
    filters: Filters, *, scope: AuditScope, before: str = "", after: str = ""
) -> Found:
    """Return the page before, or after, a record's id; by default the newest."""
    records = filters.records(scope)
    count = records.order_by()[: COUNTED + 1].count()
    if after:
        rows, more = _page(records.filter(pk__gt=after).order_by("pk"))
        rows.reverse()
        return Found(rows, count, _id(rows, -1), _id(rows, 0) if more else None)
    older = records.filter(pk__lt=before) if before else records
    rows, more = _page(older.order_by("-pk"))
    return Found(
        rows, count, _id(rows, -1) if more else None, _id(rows, 0) if before else None
    )


def to_loosen(filters: Filters, *, scope: AuditScope) -> list[str]:
    """Return the filters any one of which, left out, would let something be found."""
    return [
        name for name in filters.used() if filters.without(name).records(scope).exists()
    ]


def only_call(filters: Filters, *, scope: AuditScope) -> str | None:
    """Return the one call that all of these records belong to, or None."""
    calls = filters.records(scope).order_by().values_list("call_id", flat=True)
    distinct = list(calls.distinct()[:3])
    named = [call for call in distinct if call]
    return named[0] if len(named) == 1 else None


def _page(records: RecordQuerySet) -> tuple[list[Row], bool]:
    rows = read(records[: ROWS + 1])
    return rows[:ROWS], len(rows) > ROWS


def _id(rows: Sequence[Row], index: int) -> str | None:
    return rows[index]["id"] if rows else None
