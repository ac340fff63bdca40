"""Which approvals a person may see, and the pages of her inbox."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from django.db.models import Q

from approvals.models import Approval
from approvals.models.approval import ApprovalQuerySet
from approvals.views.seeing import seen_by
from approvals.waiting import waiting_for
from governance.access import Access
from governance.models import User

PAGE: Final = 50
IN_A_ROW: Final = 3
# Pending requests are bounded by back-pressure; a count beyond this says nothing new.
MOST: Final = 1000
TABS: Final = {
    "waiting": "Waiting for me",
    "pending": "All pending",
    "decided": "Decided",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the inbox asks for."""

    tab: str = "waiting"
    tool: str = ""
    agent: str = ""
    risk: str = ""
    state: str = ""
    session: str = ""
    tenant: str = ""
    q: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Read the address; what it does not know it leaves out."""
        texts = {name: _text(query.get(name, "")) for name in FIELDS}
        tab = query.get("tab", "")
        page = query.get("page", "")
        return cls(
            **texts,
            tab=tab if tab in TABS else "waiting",
            page=min(int(page), MOST) if page.isdecimal() and int(page) else 1,
        )

    @property
    def active(self) -> dict[str, str]:
        """The filters that are set, as the address names them."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}

    def apply(self, found: ApprovalQuerySet) -> ApprovalQuerySet:
        """Keep what the filters let through."""
        columns = {COLUMNS.get(name, name): v for name, v in self.active.items()}
        text = columns.pop("q", "")
        return found.filter(_searched(text), **columns)


def _text(given: str) -> str:
    # PostgreSQL takes no NUL, and nothing is found by one.
    return given.replace("\0", "").strip()[:200]


FIELDS: Final = ("tool", "agent", "risk", "state", "session", "tenant", "q")
COLUMNS: Final = {
    "agent": "agent__name",
    "session": "session_id",
    "tenant": "tenant__slug",
}


def _searched(text: str) -> Q:
    if not text:
        return Q()
    return Q(code=text.upper()) | Q(pk=text) | Q(scope__startswith=text)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the inbox: an approval, or how many more its session has."""

    approval: Approval | None = None
    session: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the inbox, with the counts of all its tabs."""

    filters: Filters
    entries: list[Entry]
    counts: dict[str, int]
    has_next: bool
    tabs: dict[str, str] = field(default_factory=lambda: dict(TABS))


def listing(
    person: User, access: Access, *, filters: Filters, now: datetime
) -> Listing:
    """Return one page; the number of queries does not grow with the rows."""
    seen = seen_by(person, access)
    tabs = {
        "waiting": waiting_for(person, now=now),
        "pending": seen.pending(),
        "decided": seen.exclude(state=Approval.State.PENDING),
    }
    counts = {name: found[:MOST].count() for name, found in tabs.items()}
    found = filters.apply(tabs[filters.tab])
    lines = _lines(found, filters)
    first = (filters.page - 1) * PAGE
    shown, rest = lines[first : first + PAGE], lines[first + PAGE :]
    return Listing(filters, _entries(shown), counts, has_next=bool(rest))


# (the approval, its session, how many more of it): an entry before it is read.
Line = tuple[str, str, int]


def _lines(found: ApprovalQuerySet, filters: Filters) -> list[Line]:
    if filters.tab == "decided":
        last = filters.page * PAGE + 1
        newest = found.order_by("-changed_at", "-pk").values_list("pk", "session_id")
        return [(pk, session, 0) for pk, session in newest[:last]]
    nearest = found.order_by("decide_by", "pk").values_list("pk", "session_id")
    ids = list(nearest[:MOST])
    if filters.session:
        return [(pk, session, 0) for pk, session in ids]
    return fold(ids)


def fold(ids: Iterable[tuple[str, str]]) -> list[Line]:
    """Keep three of a session in a row, so that no flood pushes others out of sight.

    Takes pairs of approval and session; gives lines, a counting one without approval.
    """
    lines: list[Line] = []
    for session, run in groupby(ids, key=lambda pair: pair[1]):
        together = [pk for pk, _ in run]
        lines += [(pk, session, 0) for pk in together[:IN_A_ROW]]
        if more := len(together) - IN_A_ROW:
            lines += [("", session, more)] if more > 0 else []
    return lines


def _entries(lines: Iterable[Line]) -> list[Entry]:
    rows = Approval.objects.select_related(
        "agent", "tenant", "group", "ended_by_person", "route_version"
    ).prefetch_related("votes__person")
    known = rows.in_bulk([pk for pk, _, _ in lines if pk])
    return [Entry(known.get(pk), session, more) for pk, session, more in lines]
