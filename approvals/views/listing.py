"""Which approvals a person may see, and the pages of her inbox."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from django.db.models import Count, Prefetch, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from approvals.models import Approval, Taking, Vote
from approvals.models.approval import ApprovalQuerySet
from approvals.services.pressure import OF_GROUP
from approvals.views.seeing import seen_by
from approvals.waiting import waiting_for, waits_for
from governance.access import Access
from governance.models import ApproverGroup, GroupMembership, User

PAGE: Final = 50
IN_A_ROW: Final = 3
# Pending requests are bounded by back-pressure; a count beyond this says nothing new.
MOST: Final = 1000
_DIGITS: Final = 9  # Python reads no number of thousands of them
TABS: Final = {
    "waiting": gettext_lazy("Waiting for me"),
    "pending": gettext_lazy("All pending"),
    "decided": gettext_lazy("Decided"),
}


def page_number(text: str) -> int:
    """Read the number of a page from an address; 1 for what is none."""
    digits = text[:_DIGITS]
    return min(int(digits), MOST) if digits.isdecimal() and int(digits) else 1


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the inbox asks for."""

    tab: str = "waiting"
    tool: str = ""
    agent: str = ""
    risk: str = ""
    group: str = ""
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
        return cls(
            **texts,
            tab=tab if tab in TABS else "waiting",
            page=page_number(query.get("page", "")),
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


FIELDS: Final = (
    "tool",
    "agent",
    "risk",
    "group",
    "state",
    "session",
    "tenant",
    "q",
)
COLUMNS: Final = {
    "agent": "agent__name",
    "group": "group__name",
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
    crowded: list[str]  # groups that may not be asked for more
    tabs: dict[str, Promise] = field(default_factory=lambda: dict(TABS))


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
    counts = _counts(tabs, waits_for(person, now=now))
    found = filters.apply(tabs[filters.tab])
    lines = _lines(found, filters)
    first = (filters.page - 1) * PAGE
    shown, rest = lines[first : first + PAGE], lines[first + PAGE :]
    entries = _entries(shown, now=now)
    crowded = _crowded(person, now=now) if counts["pending"] >= OF_GROUP else []
    return Listing(filters, entries, counts, has_next=bool(rest), crowded=crowded)


def _counts(tabs: Mapping[str, ApprovalQuerySet], waits: Q) -> dict[str, int]:
    """Count each tab, up to what is worth counting; what waits is of what pends."""
    pending = tabs["pending"].aggregate(
        waiting=Count("pk", filter=waits), pending=Count("pk")
    )
    counts = {**pending, "decided": tabs["decided"][:MOST].count()}
    return {name: min(count, MOST) for name, count in counts.items()}


def readable(found: ApprovalQuerySet, *, now: datetime) -> ApprovalQuerySet:
    """Read with each request what its line in a list says."""
    votes = Prefetch("votes", Vote.objects.select_related("person"))
    lasting = Taking.objects.all().lasting(now).select_related("person")
    related = found.select_related("agent", "ended_by_person")
    return related.prefetch_related(votes, Prefetch("takings", lasting))


def _crowded(person: User, *, now: datetime) -> list[str]:
    """Return the person's groups for which as many wait as may (back-pressure)."""
    places = GroupMembership.objects.valid(now).filter(user=person)
    groups = ApproverGroup.objects.filter(pk__in=places.values("group"))
    waits = Count("approvals", filter=Q(approvals__state=Approval.State.PENDING))
    full = groups.annotate(waits=waits).filter(waits__gte=OF_GROUP)
    return list(full.values_list("name", flat=True))


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


def _entries(lines: Iterable[Line], *, now: datetime) -> list[Entry]:
    rows = readable(Approval.objects.all(), now=now)
    known = rows.in_bulk([pk for pk, _, _ in lines if pk])
    return [Entry(known.get(pk), session, more) for pk, session, more in lines]
