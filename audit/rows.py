"""Records as they are read: the clear columns, and what is left of personal ones."""

from typing import Any, Final, cast

from django.db.models import F

from audit.columns import CLEAR, PERSONAL, Row, salt_of
from audit.models import RecordQuerySet

_READ: Final = {column: F(f"personal__{column}") for column in PERSONAL}
_SALTS: Final = {
    salt_of(column): F(f"personal__{salt_of(column)}") for column in PERSONAL
}


def read(records: RecordQuerySet) -> list[Row]:
    """Return the rows of these records, in their order, in one query."""
    return cast("list[Row]", list(records.values(*CLEAR, "leaf", **_READ)))


def read_with_salts(records: RecordQuerySet) -> list[dict[str, Any]]:
    """Return the rows with the salts that open their commitments, in one query.

    ``index`` is their place in the log, None while they wait for one.
    """
    placed = records.annotate(index=F("sealed__index"))
    return list(placed.values(*CLEAR, "leaf", "index", **_READ, **_SALTS))
