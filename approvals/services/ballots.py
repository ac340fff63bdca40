"""A vote that somebody wants to cast, and all that can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_noop as _

from approvals import eligibility
from approvals.display import reviewable
from approvals.eligibility import SeatAnswer
from approvals.fingerprint import Binding, fingerprint
from approvals.models import Approval, Vote
from approvals.quick import obstacle
from approvals.services.counting import is_sealed
from governance.arguments import args_digest, digest_text, parse_json, summary_digest
from governance.decision import Reason, Risk
from governance.errors import Denied, said_later
from governance.models import RouteVersion, User
from governance.policy import RouteFacts
from governance.policy.loading import route_facts
from governance.signin import SignIn, has_second_factor, is_recent

Verdict = Vote.Verdict
SLACK: Final = "slack"


@dataclass(frozen=True, slots=True)
class Voter:
    """A signed-in person: how and when she signed in, and through which channel.

    ``has_second_factor`` says that this sign-in showed one.
    """

    person: User
    sign_in_methods: tuple[str, ...]
    sign_in_at: datetime
    channel: str
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The words of a vote: the agent reads ``reason`` and ``category`` of a no."""

    reason: str = ""
    category: str = ""  # one of Vote.Category
    note: str = ""  # for colleagues alone


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote as it comes in; nothing of it is believed yet."""

    by: Voter
    verdict: Vote.Verdict
    fingerprint: bytes
    why: Why
    shown: Mapping[str, str] = field(default_factory=dict)
    delivery_id: int | None = None

    @property
    def approves(self) -> bool:
        """Whether it is a yes."""
        return self.verdict == Verdict.APPROVE


def is_repeat(approval: Approval, ballot: Ballot) -> bool:
    """Tell whether this person said the same before: then nothing happens.

    Raises Denied ``vote_closed`` if she said otherwise, or if what stands there in
    her name is not ours.
    """
    cast = approval.votes.filter(person=ballot.by.person).first()
    if cast is None:
        return False
    if cast.verdict == ballot.verdict and is_sealed(cast):
        return True
    raise Denied(Reason.VOTE_CLOSED, _("A vote stands here in your name already."))


def insist_open(approval: Approval, ballot: Ballot, *, at: datetime) -> None:
    """Refuse what is late, or about something else than stands here."""
    if approval.state != Approval.State.PENDING or approval.decide_by <= at:
        raise Denied(Reason.VOTE_CLOSED)
    is_shown = ballot.fingerprint == bytes(approval.fingerprint)
    if not is_shown or _rebound(approval) != bytes(approval.fingerprint):
        raise Denied(Reason.VOTE_STALE_FINGERPRINT)


def insist_seat(approval: Approval, ballot: Ballot, *, at: datetime) -> Vote.Seat:
    """Return the voter's seat, or refuse her in words."""
    answer = eligibility.seat_of(ballot.by.person, approval, now=at)
    if answer.seat is None:
        raise Denied(answer.reason or Reason.VOTE_NO_SEAT, _sentence(answer))
    return answer.seat


def insist_approvable(
    approval: Approval, ballot: Ballot, seat: Vote.Seat, *, at: datetime
) -> None:
    """Refuse a yes that is too old a sign-in, blind, or to something not in force."""
    facts = _in_force(approval)
    _insist_agent_lives(approval, at=at)
    _insist_fresh(approval, ballot.by, seat, at=at)
    _insist_quick(approval, ballot.by, seat, facts)
    unreadable = _insist_readable(approval, facts)
    needs_reason = approval.route_version.justification_required or unreadable
    if needs_reason and not ballot.why.reason.strip():
        raise Denied(Reason.INVALID_REQUEST, _("Say why you approve this."))


def _sentence(answer: SeatAnswer) -> Promise:
    told = _("%(person)s can't vote here: %(person)s %(why)s.")
    return said_later(told, person=answer.person, why=answer.why)


def _rebound(approval: Approval) -> bytes:
    """Digest the row again: whoever can write to it can't change what it is for."""
    binding = Binding(
        tenant=approval.tenant.slug,
        agent=approval.agent.name,
        session=approval.session_id,
        tool=approval.tool,
        route_version=approval.route_version.number,
        route_digest=approval.route_version.digest,
        backend=approval.backend,
        lane=approval.lane,
        risk=approval.risk,
        scope=approval.scope,
        args_digest=digest_text(bytes(approval.args_digest)),
        summary_digest=digest_text(summary_digest(approval.summary)),
    )
    return fingerprint(binding)


def _in_force(approval: Approval) -> RouteFacts:
    """Return the published version that this is bound to, once its seal holds.

    The rule that counts is the sealed one: its copy on the approval must not differ.
    """
    version = RouteVersion.objects.select_related(
        "route__tenant", "route__published", "backend", "lane", "group", "published_by"
    ).get(pk=approval.route_version_id)
    if version.route.published_id != version.pk:
        raise Denied(
            Reason.VOTE_CLOSED, _("The tool was changed since this was asked.")
        )
    facts = route_facts(version.route, version)
    asked = (approval.quorum, approval.separation, approval.group_id)
    may_fall_back = approval.fallback_group_id in (None, facts.fallback_group_id)
    if asked != (facts.quorum, facts.separation, facts.group_id) or not may_fall_back:
        raise Denied(Reason.UNAVAILABLE, _("The rule of this request was altered."))
    return facts


def _insist_agent_lives(approval: Approval, *, at: datetime) -> None:
    session = approval.session
    refused = (
        (approval.tenant.suspended_at is not None, Reason.TENANT_SUSPENDED),
        (approval.agent.suspended_at is not None, Reason.AGENT_SUSPENDED),
        (session.ended_at is not None, Reason.SESSION_ENDED),
        (session.expires_at <= at, Reason.SESSION_ENDED),
    )
    for is_refused, reason in refused:
        if is_refused:
            raise Denied(reason)


def _insist_fresh(
    approval: Approval, by: Voter, seat: Vote.Seat, *, at: datetime
) -> None:
    if settings.SECOND_FACTOR == "required" and not by.has_second_factor:
        raise Denied(Reason.VOTE_SIGN_IN_STALE, _("Sign in with your second factor."))
    is_plain = approval.risk in (Risk.READ, Risk.WRITE) and seat != Vote.Seat.OWNER
    if not is_plain and not is_recent(
        SignIn(by.sign_in_methods, by.sign_in_at),
        seconds=settings.RECENT_SIGN_IN_SECONDS,
        now=at,
        has_second_factor=has_second_factor(by.person),
    ):
        raise Denied(Reason.VOTE_SIGN_IN_STALE)


def _insist_quick(
    approval: Approval, by: Voter, seat: Vote.Seat, facts: RouteFacts
) -> None:
    """Refuse a yes in Slack wherever the page has to be looked at for it."""
    if by.channel != SLACK:
        return
    if seat == Vote.Seat.OWNER:
        raise Denied(Reason.VOTE_SIGN_IN_STALE, _("Confirm it on the page, please."))
    why = obstacle(
        approval,
        approve_in_slack=facts.approve_in_slack,
        schema=facts.arguments_schema,
    )
    if why:
        raise Denied(Reason.VOTE_NOT_REVIEWABLE, why)


def _insist_readable(approval: Approval, facts: RouteFacts) -> bool:
    """Refuse bytes that are gone, altered or unreadable; True if they are let pass."""
    payload = approval.payload
    if payload is None:
        raise Denied(Reason.VOTE_NOT_REVIEWABLE, _("Its arguments are gone."))
    args = bytes(payload.request)
    if args_digest(args) != bytes(approval.args_digest):
        raise Denied(Reason.VOTE_STALE_FINGERPRINT)
    unreadable = reviewable(parse_json(args), dict(facts.arguments_schema))
    if unreadable and not facts.allow_unreadable:
        raise Denied(Reason.VOTE_NOT_REVIEWABLE)
    return bool(unreadable)
