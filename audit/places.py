"""Where records stand in the log, for many at once, and whether that holds just now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import OuterRef, Subquery

from audit.columns import Row
from audit.models import AnchorReceipt, Checkpoint, Leaf
from audit.proofs import Verdict
from audit.services.verification import verify_record

# A call whose stored outcome was given again thousands of times is verified by export.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A record's index, the newest checkpoint that covers it, and its anchor."""

    index: int
    size: int
    anchored_at: datetime | None  # when a checkpoint that covers it left this database


@dataclass(frozen=True, slots=True)
class Placed:
    """A record as a page shows it; ``verdict`` is there once it was asked for."""

    row: Row
    place: Place | None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying some records gave."""

    at: datetime
    records: int
    wrong: int
    waiting: int
    left_out: int

    @property
    def is_good(self) -> bool:
        """Whether each of them is in the log exactly as it stands."""
        return not (self.wrong or self.waiting or self.left_out)


def placed(rows: Sequence[Row]) -> list[Placed]:
    """Return the records with their places, in two queries."""
    places = _places_of([row["id"] for row in rows])
    return [Placed(row, places.get(row["id"])) for row in rows]


def verified(rows: Sequence[Row]) -> list[Placed]:
    """Return the records with their places, each of the first ``MOST`` verified now."""
    shown = placed(rows)
    checked = [
        Placed(each.row, each.place, verify_record(each.row["id"]))
        for each in shown[:MOST]
    ]
    return checked + shown[MOST:]


def summed_up(shown: Sequence[Placed], *, at: datetime) -> Verification:
    """Return what verifying these records gave, in numbers."""
    verdicts = [each.verdict for each in shown if each.verdict]
    wrong = sum(bool(verdict.wrong) for verdict in verdicts)
    waiting = sum(not v.wrong and v.proof is None for v in verdicts)
    return Verification(at, len(verdicts), wrong, waiting, len(shown) - len(verdicts))


def _places_of(record_ids: Collection[str]) -> dict[str, Place]:
    newest = Checkpoint.objects.newest()
    if newest is None:
        return {}
    covering = AnchorReceipt.objects.filter(size__gt=OuterRef("index"))
    first = covering.order_by("size", "id").values("at")[:1]
    leaves = Leaf.objects.filter(record_id__in=record_ids, index__lt=newest.size)
    rows = leaves.annotate(anchored_at=Subquery(first))
    return {
        leaf.record_id: Place(leaf.index, newest.size, leaf.anchored_at)
        for leaf in rows
    }
