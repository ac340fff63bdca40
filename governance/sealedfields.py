"""Every place of the database where a sealed secret lies.

Rotation and the doctor go through this list; layers above add theirs by the setting
``SEALED_FIELDS``.  A field that is missing here would keep an old key of keys in use
without anybody knowing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from governance.envelope import Context
from governance.models import CredentialLane
from governance.secondfactor import PLACE


@dataclass(frozen=True, slots=True)
class SealedText:
    """One sealed secret, and the only place where it opens."""

    pk: int
    text: str
    place: Context


class SealedField(Protocol):
    """One kind of place; what is read comes in the order of its rows."""

    @property
    def label(self) -> str:
        """What lies there, in words."""

    def after(self, pk: int, *, limit: int) -> Sequence[SealedText]:
        """Return what is sealed in the next ``limit`` rows after a row."""

    def replace(self, old: SealedText, text: str) -> bool:
        """Store another text; False if somebody else was faster."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A text column that holds one sealed secret; empty means none."""

    label: str
    model: type[Model]
    column: str
    place: Callable[[Any], Context]
    related: tuple[str, ...] = ("tenant",)

    def after(self, pk: int, *, limit: int) -> Sequence[SealedText]:
        """Return what is sealed in the next rows."""
        rows = self.model._default_manager.filter(pk__gt=pk)  # noqa: SLF001 - public
        kept = rows.exclude(**{self.column: ""}).select_related(*self.related)
        return [
            SealedText(row.pk, getattr(row, self.column), self.place(row))
            for row in kept.order_by("pk")[:limit]
        ]

    def replace(self, old: SealedText, text: str) -> bool:
        """Store another text, unless the secret was replaced meanwhile."""
        rows = self.model._default_manager  # noqa: SLF001 - its public name
        same = rows.filter(pk=old.pk, **{self.column: old.text})
        return same.update(**{self.column: text}) == 1


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What stands sealed within a second factor's JSON, under one of its names."""

    label: str
    member: str

    def after(self, pk: int, *, limit: int) -> Sequence[SealedText]:
        """Return what is sealed in the next factors."""
        rows = Authenticator.objects.filter(pk__gt=pk, data__has_key=self.member)
        return [
            SealedText(row.pk, row.data[self.member], PLACE)
            for row in rows.order_by("pk")[:limit]
        ]

    def replace(self, old: SealedText, text: str) -> bool:
        """Store another text; the rest of the factor, a used code, stays."""
        same = Authenticator.objects.select_for_update().filter(
            pk=old.pk, **{f"data__{self.member}": old.text}
        )
        row = same.first()
        if row is None:
            return False
        row.data[self.member] = text
        row.save(update_fields=["data"])
        return True


def _place(lane: CredentialLane) -> Context:
    return Context(lane.tenant.slug, lane.name, "secret", lane.secret_version)


FIELDS: Final[tuple[SealedField, ...]] = (
    SealedColumn("secrets of lanes", CredentialLane, "sealed_secret", _place),
    SecondFactors("second factors", "secret"),
    SecondFactors("recovery codes", "seed"),
)


def sealed_fields() -> Iterator[SealedField]:
    """Yield every place, those of the layers above too."""
    for name in settings.SEALED_FIELDS:
        yield from import_string(name)


def all_texts(
    field: SealedField, *, limit: int = 200
) -> Iterator[Sequence[SealedText]]:
    """Yield everything of a field, batch by batch."""
    pk = 0
    while batch := field.after(pk, limit=limit):
        yield batch
        pk = batch[-1].pk
