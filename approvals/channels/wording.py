"""Our words for each event that people are told of.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Saying:
    """How one event is told; ``prefix`` stands in the subject.

    ``{yes}`` is "approved" or, where nobody else did, "confirmed by its owner".
    """

    prefix: str
    lead: str
    action: str = "Open"
    is_question: bool = False


APPROVED: Final = "approved"
CONFIRMED: Final = "confirmed by its owner"
YOUR_OWN: Final = "You own this agent: your yes confirms your own agent's action."
BUNDLED: Final = (
    "Agents asked for {count} decisions within minutes, so they come in one message."
    " Nothing runs until enough people approve each of them."
)

SAYINGS: Final[Mapping[str, Saying]] = {
    "requested": Saying(
        "",
        "An agent asks for your decision. Nothing runs until enough people approve.",
        "Review",
        is_question=True,
    ),
    "reminder": Saying(
        "reminder:",
        "This still waits for your decision.",
        "Review",
        is_question=True,
    ),
    "approved": Saying("approved:", "It was {yes}."),
    "denied": Saying("denied:", "It was denied. Nothing was done."),
    "expired": Saying("expired:", "Nobody decided in time. Nothing was done."),
    "cancelled": Saying("cancelled:", "The request was cancelled. Nothing was done."),
    "superseded": Saying(
        "superseded:", "The tool was changed while this waited. Nothing was done."
    ),
    "revoked": Saying(
        "revoked:", "It was {yes}, and that was taken back before it was used."
    ),
    "lapsed": Saying("lapsed:", "It was {yes}, but nobody used it in time."),
    "executed": Saying("executed:", "It was {yes} and has run."),
    "failed": Saying("failed:", "It was {yes}, and the call failed."),
    "outcome_unknown": Saying(
        "outcome unknown:",
        "It was sent and the answer was lost. It may have happened. Look at the remote"
        " system, then say on the call's page what you found.",
        "Resolve",
    ),
    "unsatisfiable": Saying(
        "cannot be approved:",
        "Too few people are left who may approve this. Look at the approver group.",
    ),
    "unsafe": Saying(
        "unsafe:",
        "A person denied this and called it unsafe. The agent was told to stop. Look at"
        " what its session did, and suspend the agent where you are not sure.",
    ),
    "session_rests": Saying(
        "session rests:",
        "Three requests of this session were denied within an hour. It can ask for"
        " nothing more for 30 minutes.",
    ),
    "slack_linked": Saying(
        "Slack account linked:",
        "From now on this Slack user can deny, and approve what routes allow, in this"
        " person's name. If that is not right, end the link and tell an admin.",
    ),
    "slack_unlinked": Saying(
        "Slack account unlinked:",
        "This Slack user decides nothing in this person's name any more.",
    ),
    "route_drifted": Saying(
        "tool changed:",
        "An upstream MCP server says something else of a tool than it did. Where it"
        " takes other arguments, or is gone, its route was suspended: look at what"
        " changed, import its tools again, and publish what you agree with.",
    ),
    "dead_letter": Saying(
        "message not delivered:",
        "A message could not be delivered and was given up. The list of deliveries in"
        " the admin says why; send it again there.",
    ),
}
