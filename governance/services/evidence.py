"""What every service of configuration writes down, and what it makes stale."""

from typing import Protocol, TypedDict

from django.db import models, transaction

from audit.services.facts import ActorKind
from governance.changes import Changes, Fields, Values, compare
from governance.models import Tenant, User
from governance.seals import seal
from governance.settled import wait_for_writers


class Author(TypedDict):
    """Who did it, as a record names her."""

    person: str | None
    actor_kind: ActorKind


def author(by: User | None) -> Author:
    """Return who did it; without a person, a command of the system's did."""
    if by is None:
        return {"person": None, "actor_kind": "system"}
    return {"person": by.username, "actor_kind": "person"}


def lock(tenant: Tenant) -> Tenant:
    """Return the tenant, locked: its configuration changes one thing at a time.

    The first statement of every service of configuration.  So none of them waits for
    another with rows in its hands; and no call waits, since nobody else takes this
    lock (inserting a row of the tenant takes a weaker one).
    """
    return Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def policy_changed(tenant: Tenant) -> None:
    """Make what was decided by the old policy unspendable.

    Whoever waits for the commit waits for the writers that began before it, too.
    """
    Tenant.objects.filter(pk=tenant.pk).bump_epoch()
    transaction.on_commit(wait_for_writers)


class SealedRow(Protocol):
    """A row that decides where bytes go, or with what: it carries a seal."""

    version: int
    seal: "bytes | memoryview[int]"

    def members(self) -> dict[str, object]:
        """Return what is sealed, the version among it."""

    def save(self, *, force_insert: bool, update_fields: list[str] | None) -> None:
        """Store it."""


def save_sealed(row: SealedRow, *, kind: str, fields: Fields, new: bool) -> None:
    """Store a row's next version, with these fields, under a seal of this kind."""
    row.version = 1 if new else row.version + 1
    row.seal = seal(kind, row.members())
    kept = None if new else [*fields, "version", "seal"]
    row.save(force_insert=new, update_fields=kept)


def is_new(row: models.Model) -> bool:
    """Whether a row is not stored yet."""
    return row._state.adding  # noqa: SLF001 - documented, if not by its name


def values_of(row: models.Model, fields: Fields) -> Values:
    """Return a row's values in these fields as JSON; rows appear by their names."""
    found = {name: getattr(row, name) for name in fields}
    return {
        name: str(value) if isinstance(value, models.Model) else value
        for name, value in found.items()
    }


def differences(row: models.Model, fields: Fields) -> Changes:
    """Return how a row that is to be saved differs from the stored one."""
    before = None
    if not is_new(row):
        kept = type(row)._default_manager.get(pk=row.pk)  # noqa: SLF001 - its public name
        before = values_of(kept, fields)
    return compare(before, values_of(row, fields), fields=fields)
