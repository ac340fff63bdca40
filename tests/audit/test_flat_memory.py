"""An export of any length needs the memory of a page, not of the log."""

import tracemalloc
from typing import Final

import pytest
from django.db import connection

from audit.exports import Export, Order, stream
from audit.exports.bundle import EVERYTHING
from audit.exports.stream import Form
from audit.filters import Filters
from audit.models import Checkpoint, Record
from tests.audit.evidence import NOW, write

pytestmark = pytest.mark.django_db
FEW: Final = 200
MANY: Final = 4_000

# The same record under other ids, each with its place in the log.
COPIES: Final = """
    WITH copied AS (
      INSERT INTO audit_record ({columns})
      SELECT {values} FROM audit_record r, generate_series(0, %s - 1) n
      WHERE r.id = %s RETURNING id)
    INSERT INTO audit_leaf (index, record_id, leaf_hash)
    SELECT row_number() OVER (ORDER BY id) - 1, id, sha256(id::bytea) FROM copied
"""


@pytest.fixture
def _many() -> None:
    columns = [field.column for field in Record._meta.concrete_fields]  # noqa: SLF001 - its way to the columns
    values = [c if c != "id" else "'evt_0' || lpad(n::text, 25, '0')" for c in columns]
    statement = COPIES.format(columns=", ".join(columns), values=", ".join(values))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statement, [MANY, write("call.allowed")])
        cursor.execute("ANALYZE audit_record, audit_leaf")


def measured(form: Form, rows: int) -> tuple[int, int]:
    """Return the most memory that exporting so many rows took, and what was sent."""
    order = Order(Filters().records(EVERYTHING), form, {}, Checkpoint(size=rows))
    tracemalloc.start()
    try:
        export = Export(order, now=NOW)
        sent = sum(len(lines) for lines in export)
        export.close()
        assert export.count == rows
        return tracemalloc.get_traced_memory()[1], sent
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("_many")
def test_memory_does_not_grow_with_what_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "PAGE", FEW // 5)
    forms: tuple[Form, ...] = ("jsonl", "csv")

    for form in forms:
        measured(form, FEW)  # what is made once, and kept, is not of a row
        low, little = measured(form, FEW)
        high, much = measured(form, MANY)
        # A fifth, since garbage is not collected at once.
        assert high - low < (much - little) / 5
