"""What happened to an approval, in words for people."""

from collections.abc import Iterable
from typing import Final

from approvals.models import Approval, Vote
from governance.decision import Reason

_State: Final = Approval.State
_ALONE: Final = {
    _State.EXPIRED: "Nobody decided in time",
    _State.SUPERSEDED: "The tool was changed while this was open",
}


def what_happened(approval: Approval) -> str:
    """Return a sentence without its full stop: ``Denied by Ben``.

    Reads ``votes`` with their persons, and ``agent``; prefetch them for a list.
    """
    state = _State(approval.state)
    if state in _ALONE:
        return _ALONE[state]
    if state is _State.DENIED:
        return _denied(approval)
    if state is _State.CANCELLED:
        return _cancelled(approval)
    yes = said_yes(approval.votes.all())
    endings = {
        _State.PENDING: "Waits for a decision",
        _State.APPROVED: yes,
        _State.EXECUTED: yes,
        _State.REVOKED: f"Taken back by {_ender(approval)}",
        _State.LAPSED: f"{yes}, but not used in time",
    }
    return endings[state]


def said_yes(votes: Iterable[Vote]) -> str:
    """Return who approved; an owner's yes is never called another's."""
    yes = [vote for vote in votes if vote.verdict == Vote.Verdict.APPROVE]
    owners = [v.person.username for v in yes if v.seat == Vote.Seat.OWNER]
    others = [v.person.username for v in yes if v.seat != Vote.Seat.OWNER]
    said = []
    if others:
        said.append(f"Approved by {_listed(others)}")
    if owners:
        verb = "confirmed" if others else "Confirmed"
        said.append(f"{verb} by its owner {_listed(owners)}")
    return ", ".join(said) or "Approved"


def _denied(approval: Approval) -> str:
    denials = [
        vote.person.username
        for vote in approval.votes.all()
        if vote.verdict == Vote.Verdict.DENY
    ]
    if denials:
        return f"Denied by {_listed(denials)}"
    return f"Withdrawn by {_ender(approval)}"


def _cancelled(approval: Approval) -> str:
    if approval.ended_reason == Reason.APPROVAL_UNSATISFIABLE:
        return "Cancelled: too few people are left who could approve it"
    return f"Cancelled by {_ender(approval)}"


def _ender(approval: Approval) -> str:
    if approval.ended_by_person is not None:
        return approval.ended_by_person.username
    if approval.ended_by == Approval.By.AGENT:
        return approval.agent.name
    return "Sealwright"


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
