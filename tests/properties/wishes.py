"""The model: what an agent wished for, what people said to it, what is live of it."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.stage import COMMENT, READ


@dataclass(frozen=True, slots=True)
class Action:
    """One exact thing that an agent may ask for."""

    tool: str
    args: dict[str, Any]
    quorum: int = 1
    mode: str = "now"

    def __repr__(self) -> str:
        return f"{self.mode} {self.tool} #{self.args['pull']}"

    def __hash__(self) -> int:
        return hash(repr(self))


FIRST: Final = Action("github.comment_pr", COMMENT)
ACTIONS: Final = (
    FIRST,
    Action("github.comment_pr", {**COMMENT, "pull": 185}, mode="deferred"),
    Action("github.merge_pr", READ, quorum=2),
)


@dataclass(slots=True)
class Wish:
    """How far an action is: who said yes to what is pending, or the unspent yes."""

    pending: str | None = None  # the approval's id
    voted: set[str] = field(default_factory=set)
    live: str | None = None  # the claim's id

    def end(self) -> None:
        """Nothing of it is open any more."""
        self.pending, self.live = None, None
        self.voted.clear()


@dataclass(frozen=True, slots=True)
class Shown:
    """A token that the agent fetched, of the claim that it was of then."""

    action: Action
    claim_id: str
    token: str
    is_over: bool
