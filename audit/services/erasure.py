"""Erasing a person: values and their salts go, leaves and proofs stay.

The salt being gone, a commitment can't be opened by guessing what it stood for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from audit.columns import PERSONAL, salt_of
from audit.erasing import TEXTS, Named, columns_that_hold
from audit.models import Personal
from audit.services.holds import held_of
from audit.services.recording import record

# Records that one ``person.erased`` can name in its 4 KiB.
BATCH: Final = 40


@dataclass(frozen=True, slots=True)
class Subjects:
    """Calls and approvals whose stored arguments name the person."""

    calls: Collection[str] = ()
    approvals: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """How many records lost a value, and how many kept theirs because they are held."""

    records: int = 0
    held: int = 0


def erase_values(
    named: Named, *, subjects: Subjects, by: str | None, now: datetime
) -> Erased:
    """Set every personal value that holds a person to NULL, with its salt.

    In short transactions, each with a ``person.erased`` that names the records and
    columns and no value.  Safe to stop and to run again.
    """
    erased, held, after = 0, 0, ""
    while found := list(_holding(named, subjects).filter(pk__gt=after)[:BATCH]):
        after = found[-1].pk
        kept_back = held_of(each.pk for each in found)
        held += len(kept_back)
        free = [each for each in found if each.pk not in kept_back]
        erased += _erase(free, named, subjects, by=by, now=now)
    return Erased(erased, held)


def count_values(named: Named) -> int:
    """Return how many records hold a person's name; nothing is changed."""
    found = _holding(named, Subjects()).iterator()
    return sum(bool(columns_that_hold(named, _values(each))) for each in found)


def _holding(named: Named, subjects: Subjects) -> QuerySet[Personal]:
    """Find what may hold the person; Python looks at it more closely."""
    wanted = Q(person=named.username)
    for column in TEXTS:
        for name in named.names:
            wanted |= Q(**{f"{column}__icontains": name})
    digests = Q(record__call_id__in=list(subjects.calls)) | Q(
        record__approval_id__in=list(subjects.approvals)
    )
    return (
        Personal.objects.filter(wanted | digests & Q(args_digest__isnull=False))
        .select_related("record")
        .order_by("pk")
    )


def _values(each: Personal) -> dict[str, str | None]:
    return {name: getattr(each, name) for name in PERSONAL}


@transaction.atomic
def _erase(
    found: Sequence[Personal],
    named: Named,
    subjects: Subjects,
    *,
    by: str | None,
    now: datetime,
) -> int:
    gone = {}
    for each in found:
        digests = (
            each.record.call_id in subjects.calls
            or each.record.approval_id in subjects.approvals
        )
        if columns := columns_that_hold(named, _values(each), digests=digests):
            empty = dict.fromkeys([*columns, *map(salt_of, columns)])
            Personal.objects.filter(pk=each.pk).update(**empty)
            gone[each.pk] = columns
    if gone:
        record("person.erased", now=now, person=by, detail={"records": gone})
    return len(gone)
