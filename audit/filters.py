"""What a reader asks for, in the URL of the search and of an export alike."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from audit.access import AuditScope
from audit.finding import named
from audit.models import Record, RecordQuerySet
from audit.text import instant

_LOOKUPS: Final = {
    "since": "at__gte",
    "until": "at__lt",
    "tenant": "tenant",
    "agent": "agent",
    "person": "personal__person",
    "tool": "tool",
    "backend": "backend",
    "lane": "lane",
    "scope": "scope__startswith",
    "outcome": "outcome",
    "reason": "reason",
    "event": "event",
}
NAMES_IN_URL: Final = {"since": "from", "until": "to"}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which records; an empty text and None mean that all will do."""

    since: datetime | None = None
    until: datetime | None = None
    tenant: str = ""
    agent: str = ""
    person: str = ""
    tool: str = ""
    backend: str = ""
    lane: str = ""
    scope: str = ""
    outcome: str = ""
    reason: str = ""
    event: str = ""
    q: str = ""

    def records(self, scope: AuditScope) -> RecordQuerySet:
        """Return the records that a person with this scope asked for."""
        chosen = {_LOOKUPS[name]: getattr(self, name) for name in self.used()}
        records = Record.objects.visible_to(scope).filter(**chosen)
        return named(records, self.q) if self.q else records

    def used(self) -> list[str]:
        """Return the names of the filters that narrow, without the one box."""
        return [name for name in _LOOKUPS if getattr(self, name)]

    def without(self, name: str) -> Self:
        """Return the same filters, with one of them loosened."""
        all_will_do: Any = None if name in NAMES_IN_URL else ""
        return replace(self, **{name: all_will_do})

    def in_words(self) -> dict[str, str]:
        """Return the filters as a record may hold them: no personal value."""
        words = {name: _word(getattr(self, name)) for name in self.used()}
        if self.person:
            words["person"] = "one person"
        return {**words, "q": self.q} if self.q else words


def _word(value: datetime | str) -> str:
    return value if isinstance(value, str) else instant(value)
