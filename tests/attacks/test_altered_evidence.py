"""Somebody who reaches the database changes what was recorded or voted.

All ways that the program's own user has: the ORM, raw SQL, a fixture, the admin.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import DatabaseError, connection, models, transaction

from approvals.models import Approval, Claim, Vote
from audit.models import Personal, Record
from tests.attacks.browsing import signed_in
from tests.attacks.rows_of_all import changes_since, everything
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

GUARDED: Final[dict[type[models.Model], str]] = {
    Record: "reason",
    Personal: "summary",
    Vote: "reason",
}


def statement(text: str) -> Callable[[], object]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(text)

    return run


def through_the_orm(
    row: models.Model, field: str, fixture: Path
) -> dict[str, Callable[[], object]]:
    """Return every way that Django has to change or delete a row."""
    rows = type(row)._default_manager  # noqa: SLF001 - its public name
    setattr(row, field, "altered")
    dumped = json.loads(serialize("json", [row]))
    fixture.write_text(json.dumps(dumped))
    return {
        "save": row.save,
        "delete": row.delete,
        "delete of rows": rows.all().delete,
        "update": partial(rows.update, **{field: "altered"}),
        "bulk_update": partial(rows.bulk_update, [row], [field]),
        "loaddata": partial(call_command, "loaddata", fixture, verbosity=0),
    }


def through_sql(table: str, column: str) -> dict[str, Callable[[], object]]:
    return {
        "raw update": statement(f"UPDATE {table} SET {column} = 'x'"),  # noqa: S608
        "raw delete": statement(f"DELETE FROM {table}"),  # noqa: S608
        "raw truncate": statement(f"TRUNCATE {table} CASCADE"),
    }


def test_the_database_refuses_every_way(stage: Stage, tmp_path: Path) -> None:
    stage.approved()
    stage.call()
    before = everything()

    for model, field in GUARDED.items():
        row, table = model._default_manager.latest("pk"), model._meta.db_table  # noqa: SLF001
        ways = {
            **through_the_orm(row, field, tmp_path / f"{table}.json"),
            **through_sql(table, field),
        }
        for way, attempt in ways.items():
            with pytest.raises(DatabaseError), transaction.atomic():
                attempt()
            assert changes_since(before) == {}, (table, way)


def test_the_admin_has_no_way(stage: Stage) -> None:
    stage.approved()
    stage.call()
    stage.sam.is_superuser = True
    stage.sam.save()
    sam = signed_in("sam")
    before = everything()

    for model in (Record, Vote, Approval, Claim):
        meta = model._meta  # noqa: SLF001
        base = f"/admin/{meta.app_label}/{meta.model_name}/"
        row = model._default_manager.latest("pk")  # noqa: SLF001
        fields = {"reason": "altered", "state": "approved", "verdict": "deny"}
        bulk = {"action": "delete_selected", "_selected_action": [row.pk]}
        for path, form in (
            (f"{base}{row.pk}/change/", {**fields, "_save": "Save"}),
            (f"{base}{row.pk}/delete/", {"post": "yes"}),
            (f"{base}add/", {**fields, "_save": "Save"}),
            (base, {**bulk, "post": "yes", "index": "0"}),
            (base, {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "x"}),
        ):
            assert sam.post(path, form).status_code in (200, 302, 403, 404), path
            page = sam.get(path)
            assert 'name="_save"' not in page.text
            assert "delete_selected" not in page.text

    assert changes_since(before) == {}
