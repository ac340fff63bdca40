"""The SQL that inserts prepared evidence, to be part of a caller's own statement.

The columns are filled by the database out of the leaf itself, so what is searched
and what will be sealed can't differ; and one text, one document and one hash travel
instead of fifty parameters.
"""

from functools import lru_cache
from typing import Final

from audit.columns import CLEAR, PERSONAL, salt_of

_RECORD: Final = ", ".join(CLEAR)
_PERSONAL: Final = ", ".join(["record_id", *PERSONAL, *map(salt_of, PERSONAL)])

_CTES: Final = """
    {p}_prepared AS MATERIALIZED (
      SELECT %({p}_leaf)s::text AS leaf, %({p}_leaf_hash)s::bytea AS leaf_hash,
             %({p}_personal)s::jsonb AS personal
      WHERE EXISTS (SELECT FROM {source})
    ),
    {p}_record AS (
      INSERT INTO audit_record ({record}, leaf)
      SELECT {row_record}, convert_to(p.leaf, 'UTF8')
      FROM {p}_prepared p, jsonb_populate_record(NULL::audit_record, p.leaf::jsonb) r
      RETURNING id
    ),
    {p}_personal AS (
      INSERT INTO audit_personal ({personal})
      SELECT {row_personal}
      FROM {p}_prepared p, jsonb_populate_record(NULL::audit_personal, p.personal) r
      WHERE p.personal IS NOT NULL
    ),
    {p}_unsealed AS (
      INSERT INTO audit_unsealed (record_id, leaf_hash)
      SELECT r.id, p.leaf_hash FROM {p}_record r, {p}_prepared p
    )"""


@lru_cache(maxsize=64)
def evidence_ctes(prefix: str, *, source: str) -> str:
    """Return the CTEs that insert what ``prepare`` made, if ``source`` gave a row.

    ``WITH spent AS (UPDATE … RETURNING id), <evidence_ctes("allowed", source="spent")>
    SELECT …``, with ``prepared.params("allowed")`` among the parameters.  They are
    named ``allowed_record``, ``allowed_personal`` and ``allowed_unsealed``.
    """
    if not (prefix.isidentifier() and source.isidentifier()):
        raise ValueError("Both names are SQL identifiers of ours.")
    return _CTES.format(
        p=prefix,
        source=source,
        record=_RECORD,
        personal=_PERSONAL,
        row_record=_of_row(_RECORD),
        row_personal=_of_row(_PERSONAL),
    )


def _of_row(columns: str) -> str:
    return "r." + columns.replace(", ", ", r.")
