"""Wrapping what is sealed anew, under the newest key of keys."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.envelope import (
    SealBroken,
    kek_of,
    open_secret,
    rewrap,
    seal_secret,
)
from governance.keys import KeyUnavailable, kek, newest_kek_id
from governance.models import Tenant
from governance.sealedfields import SealedField, SealedText, all_texts, sealed_fields
from governance.services.evidence import lock, policy_changed


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: ``missed`` were replaced by somebody else meanwhile."""

    kek_id: str
    wrapped: int
    missed: int
    broken: tuple[str, ...]


def keks_in_use() -> dict[str, int]:
    """Return how many sealed secrets name each key of keys."""
    counts = Counter(
        _named(text)
        for field in sealed_fields()
        for batch in all_texts(field)
        for text in batch
    )
    return dict(sorted(counts.items()))


def rotate_kek(*, now: datetime, reseal: bool = False) -> Rotation:
    """Wrap every data key under the newest key of keys; anew, with ``reseal``.

    Each batch commits by itself: interrupted, a second run goes on where the first one
    was, or with ``reseal`` begins again; run twice, the second finds nothing to wrap.
    Calls go on meanwhile: what they hold in memory opens with the old key, which
    therefore stays until nothing names it.
    """
    kek_id, counts, broken = newest_kek_id(), Counter[str](), list[str]()
    for field in sealed_fields():
        for batch in all_texts(field):
            _wrap(field, batch, kek_id, reseal=reseal, counts=counts, broken=broken)
    if counts["wrapped"]:
        _record(kek_id, counts, now=now, reseal=reseal)
    # Processes read the new envelopes, so that the old key may go; also when a run that
    # was interrupted has wrapped everything and told nobody.
    _reload()
    return Rotation(kek_id, counts["wrapped"], counts["missed"], tuple(broken))


@transaction.atomic
def _wrap(
    field: SealedField,
    batch: Iterable[SealedText],
    kek_id: str,
    *,
    reseal: bool,
    counts: Counter[str],
    broken: list[str],
) -> None:
    for old in batch:
        try:
            if kek_of(old.text) == kek_id and not reseal:
                continue
            text = _anew(old, kek_id) if reseal else _wrapped(old, kek_id)
        except (SealBroken, KeyUnavailable):
            broken.append(f"{field.label}: {old.place.tenant}/{old.place.lane}")
            continue
        counts["wrapped" if field.replace(old, text) else "missed"] += 1


def _wrapped(old: SealedText, kek_id: str) -> str:
    return rewrap(old.text, keks=kek, kek_id=kek_id, aad=old.place, random=os.urandom)


def _anew(old: SealedText, kek_id: str) -> str:
    return seal_secret(
        open_secret(old.text, keks=kek, aad=old.place).reveal().encode(),
        kek_id=kek_id,
        kek=kek(kek_id),
        aad=old.place,
        random=os.urandom,
    )


def _named(sealed: SealedText) -> str:
    try:
        return kek_of(sealed.text)
    except SealBroken:
        return "none"


@transaction.atomic
def _record(kek_id: str, counts: Counter[str], *, now: datetime, reseal: bool) -> None:
    record(
        "kek.rotated",
        now=now,
        actor_kind="system",
        detail={
            "kek": kek_id,
            "wrapped": counts["wrapped"],
            "missed": counts["missed"],
            "data_keys": "new" if reseal else "kept",
        },
    )


@transaction.atomic
def _reload() -> None:
    # All or none: one tenant's slow writers must not keep the others on the old key.
    for tenant in Tenant.objects.order_by("pk"):
        policy_changed(lock(tenant))
