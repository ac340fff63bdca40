"""Block "why you": the rule, who voted, who else can, and who cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from approvals.eligibility import SeatAnswer, seat_of, seats
from approvals.models import Approval, Vote
from approvals.services.counting import counted
from governance.models import User


@dataclass(frozen=True, slots=True)
class CastVote:
    """One vote as it stands on the page; ``why_not`` where it counts no longer."""

    vote: Vote
    why_not: str


@dataclass(frozen=True, slots=True)
class People:
    """Everybody whom the request concerns, and the reader's own place among them."""

    mine: SeatAnswer
    my_vote: Vote | None
    votes: Sequence[CastVote]
    can: Sequence[SeatAnswer]
    cannot: Sequence[SeatAnswer]
    have: int

    @classmethod
    def of(cls, approval: Approval, person: User, *, now: datetime) -> "People":
        """Read the seats and the votes of a request."""
        answers = seats(approval, now=now)
        cast = list(approval.votes.all())
        voted = {vote.person_id for vote in cast}
        counting = {vote.pk for vote in counted(approval, answers)}
        others = [each for each in answers if each.person.pk != person.pk]
        return cls(
            mine=seat_of(person, approval, now=now),
            my_vote=next((v for v in cast if v.person_id == person.pk), None),
            votes=[CastVote(vote, _why_not(vote, answers, counting)) for vote in cast],
            can=[a for a in others if a.seat and a.person.pk not in voted],
            cannot=[a for a in others if not a.seat and a.person.pk not in voted],
            have=len(counting),
        )


def _why_not(vote: Vote, answers: Sequence[SeatAnswer], counting: set[int]) -> str:
    if vote.verdict == Vote.Verdict.DENY or vote.pk in counting:
        return ""
    answer = next((a for a in answers if a.person.pk == vote.person_id), None)
    if answer is not None and answer.seat is None:
        return str(answer.why)
    return _("is not as it was cast")
