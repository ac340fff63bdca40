"""Legal holds: placing, releasing, and what they cover."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import QuerySet

from audit.access import AuditScope
from audit.errors import HoldRefused
from audit.filters import Filters
from audit.forms import SearchForm
from audit.models import Hold, Record, RecordQuerySet
from audit.services.recording import record


@transaction.atomic
def place_hold(
    tenant: str,
    *,
    filters: Mapping[str, str],
    why: str,
    by: str | None,
    now: datetime,
) -> Hold:
    """Keep what a search of this tenant finds, now and later, until it is released.

    ``filters`` are those of the search's URL; without any, everything of the tenant is
    held.  Raises HoldRefused if one of them is no filter, or without a reason.
    """
    if not why.strip():
        raise HoldRefused("Say why: the matter, or who asked for it.")
    words = _parsed(tenant, filters).in_words()
    hold = Hold.objects.create(
        tenant=tenant, filters=dict(filters), why=why, placed_at=now
    )
    record(
        "hold.placed",
        now=now,
        tenant=tenant,
        person=by,
        stated_reason=why,
        detail={"hold": hold.pk, "filters": words},
    )
    return hold


@transaction.atomic
def release_hold(hold: Hold, *, by: str | None, now: datetime) -> bool:
    """Let retention and erasure have it again; False if it was released before."""
    if not Hold.objects.open().filter(pk=hold.pk).update(released_at=now):
        return False
    detail = {"hold": hold.pk}
    record("hold.released", now=now, tenant=hold.tenant, person=by, detail=detail)
    return True


def held_of(ids: Iterable[str]) -> set[str]:
    """Return which of these records are held."""
    among = list(ids)
    return {
        pk
        for held in _held()
        for pk in held.filter(pk__in=among).order_by().values_list("pk", flat=True)
    }


def held_subjects(
    column: Literal["call_id", "approval_id"],
) -> Iterator[QuerySet[Record, dict[str, object]]]:
    """Yield, for each hold, the calls or approvals that its records name.

    Each is a query to be used inside of another one.
    """
    for held in _held():
        named = held.filter(**{f"{column}__isnull": False})
        yield named.order_by().values(column)


def _held() -> Iterator[RecordQuerySet]:
    for hold in Hold.objects.open().order_by("pk"):
        filters = _parsed(hold.tenant, hold.filters)
        yield filters.records(AuditScope(frozenset({hold.tenant})))


def _parsed(tenant: str, filters: Mapping[str, str]) -> Filters:
    form = SearchForm(dict(filters), scope=AuditScope(frozenset({tenant})))
    if not form.is_valid():
        said = (str(error) for errors in form.errors.values() for error in errors)
        raise HoldRefused(" ".join(said))
    return form.filters()
