"""Casting a vote: one transaction, under the locks of route and approval."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as _

from approvals import eligibility
from approvals.clock import database_now
from approvals.models import Approval, Delivery, Vote
from approvals.services.ballots import (
    Ballot,
    Verdict,
    Voter,
    Why,
    insist_approvable,
    insist_open,
    insist_seat,
    is_repeat,
)
from approvals.services.categories import told_agent
from approvals.services.counting import counted
from approvals.services.endings import By, State, end, end_unsatisfiable
from approvals.services.evidence import approvers, record_approval
from approvals.services.links import use_link
from approvals.services.locking import lock_approval
from approvals.services.minting import mint_for_approval
from approvals.services.notices import (
    tell_ending,
    tell_resting,
    tell_unsafe,
    tell_voted,
)
from approvals.services.opening import REASON_CHARACTERS
from approvals.services.refusals import recorded
from approvals.services.repeats import rests_since
from governance.decision import Reason
from governance.errors import Denied
from governance.nudges import nudge
from governance.operations.counting import observe_decision, observe_vote
from governance.seals import seal


def vote(
    approval_id: str,
    *,
    by: Voter,
    verdict: str,
    fingerprint: bytes,
    reason: str | Why,
    now: datetime,
    shown: Mapping[str, str] | None = None,
    delivery_id: int | None = None,
) -> Approval:
    """Cast one person's vote and return the approval as it is then.

    ``reason`` is what the agent is told of a no; a ``Why`` adds its category, and a
    note for colleagues.

    The last needed yes mints the claim, in this transaction.  The same vote again has
    no effect.  Raises Denied, which is recorded: ``not_found``, ``vote_closed``,
    ``vote_stale_fingerprint``, ``vote_no_seat``, ``vote_excluded``,
    ``vote_sign_in_stale``, ``vote_not_reviewable``, and what forbids any approval.
    """
    with recorded(approval_id, person=by.person, action="vote", now=now):
        ballot = Ballot(
            by=by,
            verdict=_verdict(verdict),
            fingerprint=fingerprint,
            why=_why(verdict, reason),
            shown=shown or {},
            delivery_id=delivery_id,
        )
        with transaction.atomic(durable=True):
            return _cast(approval_id, ballot, now=now)


def _verdict(text: str) -> Verdict:
    if text not in Verdict.values:
        raise Denied(Reason.INVALID_REQUEST, _("A vote is approve or deny."))
    return Verdict(text)


def _text(typed: str) -> str:
    return typed[:REASON_CHARACTERS].replace("\0", "\ufffd")


def _why(verdict: str, given: str | Why) -> Why:
    """Return the words of a vote, bounded; only a no has a category."""
    why = Why(given) if isinstance(given, str) else given
    if why.category not in ("", *Vote.Category):
        raise Denied(Reason.INVALID_REQUEST, _("There is no such category."))
    denies = verdict == Verdict.DENY
    category = why.category or Vote.Category.OTHER if denies else ""
    return Why(_text(why.reason), category, _text(why.note))


def _cast(approval_id: str, ballot: Ballot, *, now: datetime) -> Approval:
    approval = lock_approval(approval_id)
    # After the locks: whoever waited for them is judged by the time of now.
    at = database_now()
    if is_repeat(approval, ballot):
        return approval
    insist_open(approval, ballot, at=at)
    seat = insist_seat(approval, ballot, at=at)
    if ballot.approves:
        insist_approvable(approval, ballot, seat, at=at)
    _store(approval, ballot, seat, at=at, now=now)
    if ballot.approves:
        _count(approval, at=at, now=now)
    else:
        _deny(approval, ballot, at=at, now=now)
    return approval


def _store(
    approval: Approval, ballot: Ballot, seat: Vote.Seat, *, at: datetime, now: datetime
) -> None:
    by, delivery = ballot.by, _delivery(approval, ballot)
    cast = Vote(
        approval=approval,
        person=by.person,
        seat=seat,
        verdict=ballot.verdict,
        reason=ballot.why.reason or None,
        note=ballot.why.note or None,
        category=ballot.why.category,
        channel=by.channel,
        delivery=delivery,
        signed_in_by=", ".join(by.sign_in_methods),
        signed_in_at=by.sign_in_at,
        fingerprint=ballot.fingerprint,
        shown=dict(ballot.shown),
        at=at,
    )
    cast.seal = seal("vote", cast.members())
    cast.save(force_insert=True)
    _observe_reading(cast)
    if delivery is not None:
        use_link(delivery, person=by.person, at=at)
    record_approval(
        "approval.voted",
        approval,
        now=now,
        by=by.person,
        stated_reason=ballot.why.reason,
        approvers=approvers([cast]),
        detail={
            "verdict": ballot.verdict,
            "code": approval.code,
            "category": ballot.why.category or None,
        },
    )


def _delivery(approval: Approval, ballot: Ballot) -> Delivery | None:
    """Return the mail that led here; one about something else leads nowhere."""
    if ballot.delivery_id is None:
        return None
    return Delivery.objects.filter(pk=ballot.delivery_id, approval=approval).first()


def _observe_reading(cast: Vote) -> None:
    verdict, seconds = cast.verdict, cast.seconds_read
    transaction.on_commit(
        lambda: observe_vote(verdict, seconds_read=seconds), robust=True
    )


def _observe(approval: Approval, verdict: str, *, at: datetime) -> None:
    took = at - approval.created_at
    transaction.on_commit(lambda: observe_decision(verdict, took=took), robust=True)


def _deny(approval: Approval, ballot: Ballot, *, at: datetime, now: datetime) -> None:
    _observe(approval, "denied", at=at)
    end(
        approval,
        State.DENIED,
        by=By.PERSON,
        at=at,
        now=now,
        person=ballot.by.person,
        told=told_agent(ballot.why.category, ballot.why.reason),
    )
    if ballot.why.category == Vote.Category.UNSAFE:
        tell_unsafe(approval, at=at)
    if rests_since(approval.session) == at:
        tell_resting(approval, at=at)


def _count(approval: Approval, *, at: datetime, now: datetime) -> None:
    answers = eligibility.seats(approval, now=at)
    votes = counted(approval, answers)
    if len(votes) >= approval.quorum:
        _approve(approval, votes, at=at, now=now)
    elif sum(answer.seat is not None for answer in answers) < approval.quorum:
        end_unsatisfiable(approval, at=at, now=now)
    else:
        approval.changed_at = at
        approval.save(update_fields=["changed_at"])
        tell_voted(approval, at=at)


def _approve(
    approval: Approval, votes: list[Vote], *, at: datetime, now: datetime
) -> None:
    seconds = approval.route_version.execute_within_seconds
    approval.state = State.APPROVED
    approval.reason_for_agent = ""  # a remark of before the decision
    approval.decided_at = approval.changed_at = at
    approval.execute_by = at + timedelta(seconds=seconds)
    approval.save(update_fields=_APPROVED)
    claim = mint_for_approval(approval, execute_by=approval.execute_by, now=now)
    last = max(votes, key=lambda each: each.at)
    record_approval(
        "approval.approved",
        approval,
        now=now,
        by=last.person,
        claim=claim,
        approvers=approvers(votes),
        detail={"code": approval.code, "execute_by": approval.execute_by},
    )
    tell_ending(approval, at=at)
    _observe(approval, "approved", at=at)
    if approval.mode == Approval.Mode.DEFERRED:
        nudge("proxy.run_approved", approval.pk)


_APPROVED: Final = [
    "state",
    "decided_at",
    "changed_at",
    "execute_by",
    "reason_for_agent",
]
