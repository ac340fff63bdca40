"""Comments on a request, and who is looking at it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from approvals.models import Approval, Comment
from approvals.services.comments import may_comment
from approvals.wording import listed
from governance.models import User


@dataclass(frozen=True, slots=True)
class Talk:
    """What colleagues said, who else looks, and what the reader may do."""

    comments: list[Comment]
    looking: str  # the names of the others
    i_look: bool
    may_comment: bool

    @classmethod
    def of(cls, approval: Approval, person: User, *, now: datetime) -> Self:
        """Read the talk about a request; agents and their owners have no part in it."""
        lasting = approval.takings.lasting(now).select_related("person")
        names = {taking.person_id: taking.person.username for taking in lasting}
        return cls(
            comments=list(approval.comments.select_related("person")),
            i_look=names.pop(person.pk, None) is not None,
            looking=listed(sorted(names.values())),
            may_comment=may_comment(person, approval, now=now),
        )
