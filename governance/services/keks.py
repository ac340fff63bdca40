"""Wrapping what is sealed anew, under the newest key of keys.

A run that makes new data keys, too, has a name in ``Resealing`` until it has passed
everything; what it sealed is known by that name, in the seal itself.  So there is no
note of progress that could be wrong: without the name a run begins again.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.envelope import (
    SealBroken,
    kek_of,
    made_in,
    open_secret,
    rewrap,
    seal_secret,
)
from governance.keys import KeyUnavailable, kek, newest_kek_id
from governance.models import Resealing, Tenant
from governance.sealedfields import SealedField, SealedText, all_texts, sealed_fields
from governance.services.evidence import lock, policy_changed


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: ``missed`` were replaced by somebody else meanwhile.

    ``already`` needed nothing; ``resumed_from`` is when the run began that this one
    went on with, if it did.
    """

    kek_id: str
    wrapped: int
    already: int
    missed: int
    broken: tuple[str, ...]
    resumed_from: datetime | None


@dataclass(frozen=True, slots=True)
class _Work:
    """Where everything goes, in which run of new data keys, and what came of it."""

    kek_id: str
    run: bytes | None
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


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
    was; run twice, the second finds nothing to wrap, or begins anew with ``reseal``.
    Calls go on meanwhile: what they hold in memory opens with the old key, which
    therefore stays until nothing names it.
    """
    run, began = Resealing.objects.resume(now=now) if reseal else (None, True)
    work = _Work(newest_kek_id(), run.run.bytes if run else None)
    for place in sealed_fields():
        for batch in all_texts(place):
            _wrap(place, batch, work)
    _finish(work, run, now=now)
    # Processes read the new envelopes, so that the old key may go; also when a run that
    # was interrupted has wrapped everything and told nobody.
    _reload()
    return Rotation(
        work.kek_id,
        wrapped=work.counts["wrapped"],
        already=work.counts["already"],
        missed=work.counts["missed"],
        broken=tuple(work.broken),
        resumed_from=run.began_at if run and not began else None,
    )


@transaction.atomic
def _wrap(place: SealedField, batch: Iterable[SealedText], work: _Work) -> None:
    for old in batch:
        try:
            text = _renewed(old, work)
        except (SealBroken, KeyUnavailable):
            work.broken.append(f"{place.label}: {old.place.tenant}/{old.place.lane}")
            continue
        if text is None:
            work.counts["already"] += 1
        else:
            work.counts["wrapped" if place.replace(old, text) else "missed"] += 1


def _renewed(old: SealedText, work: _Work) -> str | None:
    """Return what takes the place of a sealed text, or None if nothing has to."""
    if work.run and not made_in(old.text, run=work.run, aad=old.place):
        return _anew(old, work.kek_id, work.run)
    if kek_of(old.text) == work.kek_id:
        return None
    return _wrapped(old, work.kek_id)


def _wrapped(old: SealedText, kek_id: str) -> str:
    return rewrap(old.text, keks=kek, kek_id=kek_id, aad=old.place, random=os.urandom)


def _anew(old: SealedText, kek_id: str, run: bytes) -> str:
    return seal_secret(
        open_secret(old.text, keks=kek, aad=old.place).reveal().encode(),
        kek_id=kek_id,
        kek=kek(kek_id),
        aad=old.place,
        random=os.urandom,
        run=run,
    )


def _named(sealed: SealedText) -> str:
    try:
        return kek_of(sealed.text)
    except SealBroken:
        return "none"


@transaction.atomic
def _finish(work: _Work, run: Resealing | None, *, now: datetime) -> None:
    if run and not work.counts["missed"]:
        # What was missed may be no new secret but the old data key, wrapped anew by
        # another rotation: so the run stays open for it.
        Resealing.objects.finish(run.run)
    if not (run or work.counts["wrapped"]):
        return
    counted = {name: work.counts[name] for name in ("wrapped", "already", "missed")}
    record(
        "kek.rotated",
        now=now,
        actor_kind="system",
        detail={
            "kek": work.kek_id,
            **counted,
            "data_keys": "new" if run else "kept",
        },
    )


@transaction.atomic
def _reload() -> None:
    # All or none: one tenant's slow writers must not keep the others on the old key.
    for tenant in Tenant.objects.order_by("pk"):
        policy_changed(lock(tenant))
