"""Records for ``bench.explorer``, and somebody who reads them.

``python -m bench.looking RECORDS``, in the environment of the rig, after calls were
made; prints the reader's cookie as JSON, with a session that she looks at.
"""

import json
import os
import sys
from typing import Final

import django
from django.utils import timezone

from bench.waiting import sign_in

# Copies of the newest call's records, older than it: ids sort as their times do.
_COPIED: Final = """
    WITH one AS (
      SELECT r.*, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
      FROM audit_record r WHERE call_id = %(call)s)
    INSERT INTO audit_record ({columns})
    SELECT {values}
    FROM generate_series(0, %(count)s - 1) n JOIN one ON one.place = n %% one.many
"""
_BESIDE: Final = """
    INSERT INTO audit_personal ({columns})
    SELECT {values} FROM audit_personal p, generate_series(0, %(count)s - 1) n
    WHERE p.record_id = %(of)s
"""
# A month of a busy installation: two records a call, a hundred calls a session.
_CHANGED: Final = {
    "id": "'evt_0' || lpad(to_hex(n), 25, '0')",
    "at": "now() - (%(count)s - n) * interval '30 days' / %(count)s",
    "call_id": "'cal_0' || lpad(to_hex(n / 2), 25, '0')",
    "claim_id": "'clm_0' || lpad(to_hex(n / 2), 25, '0')",
    "session_id": "'ses_0' || lpad(to_hex(n / 200), 25, '0')",
    "agent": "'agent-' || n / 200 %% 40",
    "tool": "tool || '.' || n / 2 %% 25",
    "scope": "'repo:r-' || n / 2 %% 5000 || '/pull:' || n",
    "record_id": "'evt_0' || lpad(to_hex(n), 25, '0')",
    "person": "CASE WHEN n %% 10 = 0 THEN 'ana' END",
    "person_salt": "CASE WHEN n %% 10 = 0 THEN sha256('s') END",
}


def fill(count: int) -> str:
    """Copy the newest call until there are so many records; return its session."""
    from django.db import connection  # noqa: PLC0415 (after django.setup)

    from audit.models import Personal, Record  # noqa: PLC0415

    newest = Record.objects.filter(event="call.completed").latest("pk")
    asked = {"count": count, "call": newest.call_id, "of": newest.pk}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement, model in ((_COPIED, Record), (_BESIDE, Personal)):
            columns = [field.column for field in model._meta.concrete_fields]  # noqa: SLF001 (its way to the columns)
            cursor.execute(
                statement.format(
                    columns=", ".join(columns),
                    values=", ".join(_CHANGED.get(name, name) for name in columns),
                ),
                asked,
            )
        # As autovacuum does where records come one by one.
        cursor.execute("VACUUM ANALYZE audit_record, audit_personal")
    return f"ses_0{'0' * 25}"


def reader() -> str:
    """Return the cookie of somebody who reads every tenant."""
    from governance.models import User  # noqa: PLC0415

    User.objects.filter(username="sam").update(is_superuser=True)
    return sign_in("sam", 1)[0]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    told = {
        "session": fill(int(sys.argv[1])),
        "cookie": reader(),
        "at": str(timezone.now()),
    }
    sys.stdout.write(json.dumps(told))
