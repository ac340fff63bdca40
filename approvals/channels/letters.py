"""What a message says: values made visible, nothing that an agent wrote as prose."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _

from approvals.channels.wording import (
    APPROVED,
    BUNDLE_OVER,
    BUNDLED,
    CONFIRMED,
    SAYINGS,
    YOUR_OWN,
    Saying,
)
from approvals.display import Row, Run, Shown, rows, visible
from approvals.models import Approval, Delivery, Vote
from approvals.wording import what_happened
from audit.words import RISKS
from governance.access import zone_of
from governance.arguments import parse_json
from governance.models import RouteVersion, User

SCOPE_CHARACTERS: Final = 60
MAX_ROWS: Final = 40

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: what happened, its facts, and the one link."""

    subject: str
    lead: str
    facts: tuple[Line, ...]
    arguments: tuple[Line, ...]
    waiting: tuple[str, ...]
    action: str
    url: str
    is_bundle: bool = False
    is_over: bool = False

    @property
    def waiting_title(self) -> str:
        """What stands above the list."""
        if self.is_over:
            return _("What became of them")
        return _("Waiting for you") if self.is_bundle else _("Also waiting for you")


def letter_of(delivery: Delivery, *, url: str, waiting: list[Approval]) -> Letter:
    """Return what a delivery says; ``waiting`` is what else waits for its reader."""
    saying = SAYINGS[delivery.event]
    approval = delivery.approval
    zone = _zone(delivery.reader, delivery)
    return Letter(
        subject=_subject(delivery, saying),
        lead=_lead(delivery, saying),
        facts=tuple(_facts(delivery, zone=zone)),
        arguments=_arguments(approval) if approval and saying.is_question else (),
        waiting=tuple(_line(each, zone=zone) for each in waiting),
        action=str(saying.action),
        url=url,
    )


def bundle_of(deliveries: Sequence[Delivery], *, url: str) -> Letter:
    """Return one letter for all these questions; its link leads to the inbox."""
    first = deliveries[0]
    zone = _zone(first.reader, first)
    asked = [each.approval for each in deliveries if each.approval]
    count = len(asked)
    is_over = all(each.state != Approval.State.PENDING for each in asked)
    lead = BUNDLE_OVER if is_over else BUNDLED
    return Letter(
        subject=_ascii(
            f"[sealwright] {_('%d requests wait for your decision') % count}"
        ),
        lead=str(lead).format(count=count),
        facts=(),
        arguments=(),
        waiting=tuple(_line(each, zone=zone) for each in asked),
        action=_("Open the inbox"),
        url=url,
        is_bundle=True,
        is_over=is_over,
    )


def _line(approval: Approval, *, zone: str) -> str:
    what = f"{approval.code} {approval.tool} {approval.scope}"
    if approval.state != Approval.State.PENDING:
        return f"{what}: {what_happened(approval)}"
    until = written(approval.decide_by, zone=zone)
    told = _("%(what)s (%(risk)s, %(agent)s), decide by %(until)s")
    return told % {
        "what": what,
        "risk": approval.risk,
        "agent": approval.agent.name,
        "until": until,
    }


def shown(text: str) -> str:
    """Return a value with everything in it visible, and nothing in it at work."""
    return _inert(visible(text))


def _inert(runs: Iterable[Run]) -> str:
    # A mail program makes links of addresses by itself; and a value's own lines must
    # not look like ours.  Nobody can type our brackets, so both stay readable.
    text = "".join(run.text for run in runs)
    return text.replace("://", ":⟦//⟧").replace("\n", "\n    | ")


def written(at: datetime, *, zone: str) -> str:
    """Return a time in the reader's zone and in UTC; a mail is read some day."""
    local, universal = at.astimezone(zone_of(zone)), at.astimezone(UTC)
    here = f"{local.day} {local:%b %Y %H:%M} {local.tzname()}"
    same = local.utcoffset() == universal.utcoffset()
    return here if same else f"{here} ({universal:%H:%M} UTC)"


def _subject(delivery: Delivery, saying: Saying) -> str:
    """Return ``[approval K7Q-4M2] github.comment_pr repo:payments-api/pull:184``."""
    approval, about = delivery.approval, delivery.about
    code = f"[approval {approval.code}]" if approval else "[sealwright]"
    tool = approval.tool if approval else about.get("tool") or about.get("what", "")
    scope = approval.scope if approval else about.get("scope", "")
    words = [code, str(saying.prefix), tool, _cut(scope)]
    return _ascii(" ".join(word for word in words if word))


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _cut(scope: str) -> str:
    if len(scope) <= SCOPE_CHARACTERS:
        return scope
    half = (SCOPE_CHARACTERS - 3) // 2
    return f"{scope[:half]}...{scope[-half:]}"


def _lead(delivery: Delivery, saying: Saying) -> str:
    approval = delivery.approval
    if approval is None:
        return saying.said(yes=APPROVED)
    own = approval.separation == RouteVersion.Separation.CONFIRM
    if saying.is_question and own and delivery.recipient == approval.agent.owner:
        return f"{saying.said()} {YOUR_OWN}"
    owner = approval.votes.filter(seat=Vote.Seat.OWNER).exists()
    return saying.said(yes=CONFIRMED if owner else APPROVED)


def _facts(delivery: Delivery, *, zone: str) -> Iterator[Line]:
    approval = delivery.approval
    if approval is None:
        yield from _about(delivery.about)
        return
    agent = approval.agent
    owned = _("%(agent)s, owned by %(owner)s")
    place = _("%(backend)s, lane %(lane)s")
    yield _("Request"), shown(approval.summary)
    yield _("Code"), approval.code
    yield _("Tool"), approval.tool
    yield _("Scope"), approval.scope
    yield _("Risk"), str(RISKS.get(approval.risk, approval.risk))
    yield _("Agent"), owned % {"agent": agent.name, "owner": agent.owner}
    yield _("Backend"), place % {"backend": approval.backend, "lane": approval.lane}
    is_question = SAYINGS[delivery.event].is_question
    yield from _wanted(approval, zone) if is_question else _happened(approval, zone)
    if delivery.call_id:
        yield _("Call"), delivery.call_id


def _wanted(approval: Approval, zone: str) -> Iterator[Line]:
    needed = _("%(quorum)s of %(group)s")
    yield _("Needed"), needed % {"quorum": approval.quorum, "group": approval.group}
    yield _("Decide by"), written(approval.decide_by, zone=zone)


def _happened(approval: Approval, zone: str) -> Iterator[Line]:
    at = approval.ended_at or approval.decided_at
    if at is None:
        return
    yield _("Outcome"), f"{what_happened(approval)}, {written(at, zone=zone)}"
    if approval.reason_for_agent:
        yield _("The agent is told"), shown(approval.reason_for_agent)


def _about(about: Mapping[str, str]) -> Iterator[Line]:
    for name, value in about.items():
        yield name.capitalize(), shown(value)


def _arguments(approval: Approval) -> tuple[Line, ...]:
    """Return the arguments that the route lets into messages, never a secret one."""
    version = approval.route_version
    if approval.payload is None or not version.in_messages:
        return ()
    args = parse_json(bytes(approval.payload.request))
    allowed = {name: args[name] for name in version.in_messages if name in args}
    found = rows(allowed, version.arguments_schema)
    kept = [row for row in found if not row.write_only][:MAX_ROWS]
    return tuple((_name(row), _value(row.shown)) for row in kept)


def _name(row: Row) -> str:
    return _inert(row.name).removeprefix("/")


def _value(value: Shown) -> str:
    if value.fold is None:
        return _inert(value.head)
    return f"{_inert(value.head)} [{value.fold.bar}] {_inert(value.tail)}"


def _zone(person: User, delivery: Delivery) -> str:
    return person.time_zone or delivery.tenant.time_zone
