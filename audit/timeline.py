"""One agent session, from its opening to its end, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from audit import sentence
from audit.access import AuditScope
from audit.columns import Row
from audit.models import Record, RecordQuerySet
from audit.rows import read

ROWS: Final = 100
REFUSALS: Final = ("denied", "failed", "unknown")
_ENDED: Final = ("session.ended", "session.expired")


@dataclass(frozen=True, slots=True)
class Moment:
    """One record of the session, told."""

    row: Row
    told: str

    @property
    def is_refusal(self) -> bool:
        """Whether something did not go as the agent wanted."""
        return self.row["outcome"] in REFUSALS


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of a session: ``first`` tells whose it is, ``ended`` how it was over."""

    first: Row
    ended: Row | None
    counts: Mapping[str, int]
    moments: Sequence[Moment]
    earlier_than: str | None
    later_than: str | None

    @property
    def refusals(self) -> int:
        """How many records of the whole session stand out."""
        return sum(self.counts.get(outcome, 0) for outcome in REFUSALS)

    @property
    def total(self) -> int:
        """How many records the whole session has."""
        return sum(self.counts.values())


def timeline_of(
    session_id: str,
    *,
    scope: AuditScope,
    before: str = "",
    after: str = "",
    only_refusals: bool = False,
) -> Timeline | None:
    """Return a page of a session, oldest first; None if there is nothing to see."""
    own = Record.objects.visible_to(scope).filter(session_id=session_id)
    head = read(own.order_by("pk")[:1])
    if not head:
        return None
    shown = own.filter(outcome__in=REFUSALS) if only_refusals else own
    page, is_more = _page(shown, before=before, after=after)
    earlier = bool(before and is_more) or bool(after)
    later = bool(before) or is_more
    rows = _with_credentials(page, scope)
    return Timeline(
        first=head[0],
        ended=next(iter(read(own.filter(event__in=_ENDED).order_by("-pk")[:1])), None),
        counts=_counts(own),
        moments=[Moment(row, sentence.clause(row)) for row in rows],
        earlier_than=page[0]["id"] if page and earlier else None,
        later_than=page[-1]["id"] if page and later else None,
    )


def _page(
    records: RecordQuerySet, *, before: str, after: str
) -> tuple[list[Row], bool]:
    """Return a page in order, and whether there is more in its direction."""
    if before:
        rows = read(records.filter(pk__lt=before).order_by("-pk")[: ROWS + 1])
        return rows[:ROWS][::-1], len(rows) > ROWS
    rows = read(records.filter(pk__gt=after).order_by("pk")[: ROWS + 1])
    return rows[:ROWS], len(rows) > ROWS


def _with_credentials(page: Sequence[Row], scope: AuditScope) -> list[Row]:
    """Add what was recorded of the credentials of these calls: it names no session."""
    calls = {row["call_id"] for row in page if row["call_id"]}
    beside = Record.objects.visible_to(scope).filter(
        call_id__in=calls, session_id__isnull=True
    )
    return sorted([*page, *read(beside)], key=lambda row: row["id"])


def _counts(records: RecordQuerySet) -> dict[str, int]:
    rows = records.order_by().values_list("outcome").annotate(n=Count("pk"))
    return dict(rows)
