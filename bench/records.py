"""A month of records at once, each of which verifies: for what needs a full log.

``ensure`` runs in the environment of the rig, after a call was made.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.utils import timezone

A_SECOND: Final = 125_000  # for each second of a row: a million of a long one
# A busy installation: two records a call, a hundred calls a session.
A_CALL: Final = 2
A_SESSION: Final = 100 * A_CALL
AGENTS: Final = 40
TOOLS: Final = 25
REPOSITORIES: Final = 5000
NAMED: Final = 10  # every tenth record names a person
MONTH: Final = timedelta(days=30)
SALT: Final = b"sixteen of bench"

_OF_CALL: Final = ("call_id", "claim_id", "claim_nonce", "request_id", "trace_id")
_VARIED: Final = ("id", "at", *_OF_CALL, "session_id", "agent", "tool", "scope")
_MADE: Final = (*_VARIED, "template", "personal")
_TABLES: Final = f"""
    SET statement_timeout = 0;
    CREATE TEMPORARY TABLE made ({", ".join(f"{name} text" for name in _MADE)});
    CREATE TEMPORARY TABLE template (name text, leaf text);
"""
_LEAVES: Final = """
    ANALYZE made;
    CREATE TEMPORARY TABLE leaves AS
    SELECT m.id, m.personal, format(t.leaf, {values}) AS leaf
    FROM made m JOIN template t ON t.name = m.template
"""
# The columns come out of the leaf, as they do where records are written one by one.
_RECORDS: Final = """
    INSERT INTO audit_record ({columns}, leaf)
    SELECT {values}, convert_to(m.leaf, 'UTF8')
    FROM leaves m, jsonb_populate_record(NULL::audit_record, m.leaf::jsonb) r
"""
_BESIDE: Final = """
    INSERT INTO audit_personal (record_id, {columns})
    SELECT m.id, {values}
    FROM leaves m, jsonb_populate_record(NULL::audit_personal, m.personal::jsonb) r
"""
_WAITING: Final = r"""
    INSERT INTO audit_unsealed (record_id, leaf_hash)
    SELECT id, sha256('\x00'::bytea || convert_to(leaf, 'UTF8')) FROM leaves
"""


def ensure(count: int) -> None:
    """Copy the newest call until there are so many records, if there are fewer.

    The copies end a day before now, in the order of their ids, and wait to be sealed.
    """
    from django.db import connection  # noqa: PLC0415 (after django.setup)

    from audit.models import Record  # noqa: PLC0415

    if Record.objects.count() >= count:
        return
    templates = _templates()
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        _copy(cursor, "template (name, leaf)", _formats(templates))
        rows = _rows(count, templates, until=timezone.now() - timedelta(days=1))
        _copy(cursor, f"made ({', '.join(_MADE)})", rows)
        for statement in (_leaves(), _records(), _beside(), _WAITING):
            cursor.execute(statement)
        # As autovacuum does where records come one by one.
        cursor.execute("VACUUM ANALYZE audit_record, audit_personal")


def _copy(cursor: Any, table: str, rows: Iterator[tuple[str, ...]]) -> None:
    with cursor.cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _templates() -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
    """Return leaf and personal values of the newest call's records, by their names."""
    from audit.leaf import commitment  # noqa: PLC0415 (after django.setup)
    from audit.models import Record  # noqa: PLC0415
    from audit.rows import read_with_salts  # noqa: PLC0415

    newest = Record.objects.filter(event="call.completed").latest("pk")
    rows = read_with_salts(Record.objects.of_call(str(newest.call_id)))
    if len(rows) != A_CALL:
        raise RuntimeError(f"the newest call has {len(rows)} records")
    found = {}
    for place, row in enumerate(rows):
        leaf, told = json.loads(bytes(row["leaf"])), _personal(row)
        found[f"{place}"] = leaf, told
        promise = {"person": commitment(SALT, "person", "ana")}
        named = {**leaf, "personal": leaf["personal"] | promise}
        salted = {"person": "ana", "person_salt": rf"\x{SALT.hex()}"}
        found[f"{place} of a person"] = named, told | salted
    return found


def _personal(row: Mapping[str, Any]) -> dict[str, str]:
    from audit.columns import PERSONAL, salt_of  # noqa: PLC0415 (after django.setup)

    told = {}
    for column in PERSONAL:
        if row[column] is not None:
            told[column] = row[column]
            told[salt_of(column)] = rf"\x{bytes(row[salt_of(column)]).hex()}"
    return told


def _formats(
    templates: Mapping[str, tuple[dict[str, Any], dict[str, str]]],
) -> Iterator[tuple[str, ...]]:
    from audit.leaf import canonical  # noqa: PLC0415 (after django.setup)

    for name, (leaf, _) in templates.items():
        marked = leaf | {key: f"<{at}>" for at, key in enumerate(_VARIED, 1)}
        text = canonical(marked).replace("%", "%%")
        for at in range(1, len(_VARIED) + 1):
            text = text.replace(f'"<{at}>"', f'"%{at}$s"')
        yield name, text


def _rows(
    count: int,
    templates: Mapping[str, tuple[dict[str, Any], dict[str, str]]],
    *,
    until: datetime,
) -> Iterator[tuple[str, ...]]:
    from audit.ids import first_id  # noqa: PLC0415 (after django.setup)
    from audit.text import instant  # noqa: PLC0415

    personal = {name: json.dumps(told) for name, (_, told) in templates.items()}
    tool = templates["0"][0]["tool"]
    call = session = ""
    for number in range(count):
        at = until - (count - number) * MONTH / count
        name = f"{number % A_CALL}{' of a person' if number % NAMED == 0 else ''}"
        called, opened = number // A_CALL, number // A_SESSION
        if number % A_CALL == 0:
            call = _numbered(first_id("", at), called)
        if number % A_SESSION == 0:
            session = _numbered(first_id("ses", at), opened)
        yield (
            _numbered(first_id("evt", at), number),
            instant(at),
            f"cal{call}",
            f"clm{call}",
            f"sha256:{sha256(call.encode()).hexdigest()}",
            f"req_{sha256(call.encode()).hexdigest()[:24]}",
            sha256(call.encode()).hexdigest()[:32],
            session,
            f"agent-{opened % AGENTS}",
            f"{tool}.{called % TOOLS}",
            f"repo:r-{called % REPOSITORIES}/pull:{called}",
            name,
            personal[name],
        )


def _numbered(made: str, number: int) -> str:
    # What follows the time in an id is random; here it is what makes it unique.
    return f"{made[:-8]}{number:08x}"


def _leaves() -> str:
    return _LEAVES.format(values=", ".join(f"m.{name}" for name in _VARIED))


def _records() -> str:
    from audit.columns import CLEAR  # noqa: PLC0415 (after django.setup)

    values = ", ".join(f"r.{name}" for name in CLEAR)
    return _RECORDS.format(columns=", ".join(CLEAR), values=values)


def _beside() -> str:
    from audit.columns import PERSONAL, salt_of  # noqa: PLC0415 (after django.setup)

    names = [*PERSONAL, *map(salt_of, PERSONAL)]
    values = ", ".join(f"r.{name}" for name in names)
    return _BESIDE.format(columns=", ".join(names), values=values)
