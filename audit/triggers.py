"""What makes evidence append-only in the database itself, and whether it is there.

Migration 0002 installs two functions.  A migration of another app guards a table of
its own with the same ones:

    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_vote
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    ALTER TABLE approvals_vote ENABLE ALWAYS TRIGGER append_only;

Where columns may be erased, leave UPDATE out there, and name those columns here:

    CREATE TRIGGER append_only_erase BEFORE UPDATE ON approvals_vote
    FOR EACH ROW EXECUTE FUNCTION append_only_erase('reason', 'note');
    ALTER TABLE approvals_vote ENABLE ALWAYS TRIGGER append_only_erase;
"""

from collections.abc import Mapping
from typing import Final

from django.db import connection

GUARDED: Final[Mapping[str, frozenset[str]]] = {
    "audit_record": frozenset({"append_only"}),
    "audit_personal": frozenset({"append_only", "append_only_erase"}),
    "audit_leaf": frozenset({"append_only"}),
    "audit_node": frozenset({"append_only"}),
    "audit_checkpoint": frozenset({"append_only"}),
    "audit_anchorreceipt": frozenset({"append_only"}),
    "audit_logkey": frozenset({"append_only"}),
}

# "A" is ENABLE ALWAYS: any other state gives way to session_replication_role.
_INSTALLED: Final = """
    SELECT c.relname, t.tgname
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relname = ANY(%s) AND t.tgname LIKE 'append\\_only%%'
      AND t.tgenabled = 'A' AND pg_table_is_visible(c.oid)
"""


def missing_triggers(guarded: Mapping[str, frozenset[str]] = GUARDED) -> list[str]:
    """Return what is missing or disabled, as ``table.trigger``; [] when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED, [list(guarded)])
        installed = set(cursor.fetchall())
    return [
        f"{table}.{trigger}"
        for table, triggers in sorted(guarded.items())
        for trigger in sorted(triggers)
        if (table, trigger) not in installed
    ]
