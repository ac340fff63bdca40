"""Rows as time, or the operator of the database, leaves them."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from approvals.models import Claim
from governance.seals import seal


def let_it_end(claim: Claim, *, in_seconds: float = -1) -> None:
    """Move the end of a claim as if that much time were left; its seal still holds."""
    row = Claim.objects.get(pk=claim.pk)
    row.execute_by = timezone.now() + timedelta(seconds=in_seconds)
    reseal(row)


def reseal(claim: Claim) -> None:
    """Store a claim as only we could: with the seal of what it says."""
    claim.seal = seal("claim", claim.members())
    claim.save()


def tamper(row: Model, **columns: Any) -> None:
    """Change a row as the operator of the database does: in SQL, without our keys."""
    names = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {names} WHERE id = %s",  # noqa: S608, SLF001 - names of our own tables
            [*columns.values(), row.pk],
        )
        assert cursor.rowcount == 1
