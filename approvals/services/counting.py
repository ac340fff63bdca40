"""Which votes count: those that we sealed, of people who still have their seat."""

from collections.abc import Iterable
from datetime import datetime

from approvals import eligibility
from approvals.eligibility import SeatAnswer
from approvals.models import Approval, Vote
from governance.seals import holds


def counting_votes(approval: Approval, *, now: datetime) -> list[Vote]:
    """Return the approvals that count at this moment, oldest first."""
    return counted(approval, eligibility.seats(approval, now=now))


def counted(approval: Approval, answers: Iterable[SeatAnswer]) -> list[Vote]:
    """Return the approvals that count where these people have these seats."""
    seated = {answer.person.pk for answer in answers if answer.seat}
    votes = approval.votes.filter(verdict=Vote.Verdict.APPROVE).select_related("person")
    return [
        vote
        for vote in votes
        if vote.person_id in seated
        and bytes(vote.fingerprint) == bytes(approval.fingerprint)
        and is_sealed(vote)
    ]


def is_sealed(vote: Vote) -> bool:
    """Tell whether a vote is what we wrote, and not what somebody put there."""
    return holds("vote", vote.members(), bytes(vote.seal))
