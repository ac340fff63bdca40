"""Everything that the review page shows of one request, from its stored bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q
from django.utils.dateparse import parse_datetime

from approvals.display import Table, table
from approvals.executions import Execution, executions
from approvals.models import Approval
from approvals.views.blobs import Blob, blobs
from approvals.views.differing import Differing, differing
from approvals.views.flagged import Oddity, notes, oddities
from approvals.views.people import People
from approvals.views.sentence import Piece, sentence
from approvals.views.talk import Talk
from governance.arguments import JSON, parse_json
from governance.models import User
from governance.schema import SchemaInvalid, compile_schema

HISTORY: Final = 5
REASON_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Quotation:
    """The agent's own words, cut where they are long; nothing of it is checked."""

    at: datetime | None
    text: str
    length: int

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.length > len(self.text)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The exact arguments, as bytes and as rows; None once they were dropped."""

    canonical: str
    table: Table
    unreadable: list[Blob]


@dataclass(frozen=True, slots=True)
class Asks:
    """What the session asked so far."""

    asked: int
    denied: int


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The blocks of the page, in words; times stay times."""

    approval: Approval
    pieces: list[Piece]
    arguments: Arguments | None
    quotations: list[Quotation]
    people: People
    asks: Asks
    execution: Execution | None
    executions: Mapping[str, Execution]
    same: list[tuple[Approval, Execution | None]]
    history: list[Approval]
    oddities: list[Oddity]
    notes: list[str]
    differing: Differing | None
    talk: Talk
    full: bool

    @property
    def is_folded(self) -> bool:
        """Whether a character of the arguments is not on this page."""
        return self.arguments is not None and self.arguments.table.is_folded


def review_page(
    approval: Approval, person: User, *, full: bool, now: datetime
) -> ReviewPage:
    """Read what the page shows; a privileged request has the full view only."""
    args = _args(approval)
    whole = full or approval.risk == "privileged"
    same, history = _same_before(approval), _history(approval)
    arguments = _arguments(approval, args, full=whole)
    known = executions(each.pk for each in (approval, *same, *history))
    return ReviewPage(
        approval=approval,
        pieces=sentence(approval, args),
        arguments=arguments,
        quotations=[_quotation(each) for each in approval.reasons],
        people=People.of(approval, person, now=now),
        asks=_asks(approval),
        execution=known.get(approval.pk),
        executions=known,
        same=[(each, known.get(each.pk)) for each in same],
        history=history,
        oddities=oddities(approval, args, arguments.table if arguments else None),
        notes=notes(approval, history=history),
        differing=differing(approval, args),
        talk=Talk.of(approval, person, now=now),
        full=whole,
    )


def _args(approval: Approval) -> dict[str, JSON] | None:
    if approval.payload is None:
        return None
    return parse_json(bytes(approval.payload.request))


def _arguments(
    approval: Approval, args: dict[str, JSON] | None, *, full: bool
) -> Arguments | None:
    if args is None or approval.payload is None:
        return None
    schema = approval.route_version.arguments_schema
    defaults = _defaults(schema, args)
    return Arguments(
        canonical=bytes(approval.payload.request).decode(),
        table=table(args, schema, defaults_added=defaults, full=full),
        unreadable=blobs(approval, args),
    )


def _defaults(schema: Mapping[str, JSON], args: dict[str, JSON]) -> list[str]:
    """Return the pointers of values that the route fills in where they are left out.

    Whether the agent left them out is not known, and by design makes no difference.
    """
    try:
        compiled = compile_schema(dict(schema))
    except SchemaInvalid:
        return []
    found = []
    for name, given in args.items():
        rest = {other: value for other, value in args.items() if other != name}
        if compiled.with_defaults(rest).get(name, ...) == given:
            found.append(f"/{name}")
    return found


def _quotation(reason: Mapping[str, str]) -> Quotation:
    text = reason["text"]
    at = parse_datetime(reason["at"])
    return Quotation(at, text[:REASON_SHOWN], len(text))


def _asks(approval: Approval) -> Asks:
    denied = Count("pk", filter=Q(state=Approval.State.DENIED))
    counts = Approval.objects.filter(session=approval.session_id).aggregate(
        asked=Count("pk"), denied=denied
    )
    return Asks(**counts)


def _same_before(approval: Approval) -> list[Approval]:
    same = Approval.objects.filter(
        agent=approval.agent_id,
        fingerprint=approval.fingerprint,
        state=Approval.State.EXECUTED,
        created_at__lt=approval.created_at,
    )
    return list(same.order_by("-created_at")[:HISTORY])


def _history(approval: Approval) -> list[Approval]:
    decided = (
        Approval.objects.filter(agent=approval.agent_id, scope=approval.scope)
        .exclude(Q(pk=approval.pk) | Q(state=Approval.State.PENDING))
        .select_related("agent", "ended_by_person")
        .prefetch_related("votes__person")
    )
    return list(decided.order_by("-changed_at")[:HISTORY])
