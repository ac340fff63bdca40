"""What the state of an approval and of its call means, as words and tasks.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.decision import Reason
from proxy.mcp.answers import Json, asked_back

_RUNNING: Final = frozenset({"queued", "sending"})

ENDINGS: Final[Mapping[str, Reason]] = {
    "denied": Reason.APPROVAL_DENIED,
    "expired": Reason.APPROVAL_EXPIRED,
    "cancelled": Reason.APPROVAL_CANCELLED,
    "superseded": Reason.APPROVAL_SUPERSEDED,
    "revoked": Reason.APPROVAL_REVOKED,
    "lapsed": Reason.APPROVAL_LAPSED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request for approval stands; ``call`` is the state of its call, if any.

    ``deferred``: we run it once it is approved; ``replays``: a repeat of the identical
    call is still answered with its outcome; ``ended_by`` as on the approval;
    ``finding``: what a person found out about an outcome that was unknown.
    """

    approval: Json
    deferred: bool
    call: str | None = None
    replays: bool = False
    ended_by: str = ""
    finding: str = ""

    @property
    def state(self) -> str:
        """The state of the approval."""
        return str(self.approval["state"])


def status_text(standing: Standing, *, ending: str) -> str:
    """Say where it stands, for ``approval_status``; ``ending`` tells how it ended."""
    approval = standing.approval
    if standing.state == "pending":
        return (
            f"PENDING. Nothing was executed. It waits for a person (code "
            f"{approval['code']}) until {approval['decide_by']} at "
            f"{approval['review_url']}. Ask again, with wait_seconds 20."
            f"{asked_back(approval)}"
        )
    if standing.state == "approved":
        return _approved(standing)
    if standing.state == "executed":
        return _executed(standing)
    return ending


def _approved(standing: Standing) -> str:
    approval = standing.approval
    if standing.deferred:
        return (
            "APPROVED. It is about to run by itself; ask again, or repeat the identical"
            f" {approval['tool']} call: it runs once."
        )
    return (
        f"APPROVED. Not executed yet. Repeat the identical {approval['tool']} call now;"
        f" it runs once. Valid until {approval['execute_by']}."
    )


def _executed(standing: Standing) -> str:
    if standing.call in _RUNNING:
        return "RUNNING. It runs once; ask again for its outcome."
    said = _FOUND.get(standing.finding) or _SAID.get(standing.call or "") or _RUN_ONCE
    if not standing.replays:
        return said
    return (
        f"{said} Repeat the identical call only to read its outcome; it is not run "
        "again."
    )


_RUN_ONCE: Final = "EXECUTED. It was approved and was run once."
_SAID: Final[Mapping[str, str]] = {
    "outcome_unknown": (
        "OUTCOME_UNKNOWN. It was sent and its answer was lost. Do not ask for it anew "
        "before somebody has found out whether it happened."
    ),
    "failed": "EXECUTED. It was approved and tried once, and it failed.",
}
_FOUND: Final[Mapping[str, str]] = {
    "happened": (
        "EXECUTED. Its answer was lost; a person has found out that it happened."
    ),
    "did_not_happen": (
        "NOT_EXECUTED. It was sent and its answer was lost; a person has found out that"
        " it did not happen. Ask anew if it is still wanted."
    ),
    "cannot_tell": (
        "OUTCOME_UNKNOWN. Its answer was lost, and a person who looked into it could "
        "not tell whether it happened. Do not ask for it anew."
    ),
}


def task_status(standing: Standing) -> tuple[str, str]:
    """Return the status of the task that an approval is, and a message beside it.

    ``failed`` is for JSON-RPC errors and ``input_required`` for what we never ask.
    """
    approval = standing.approval
    match standing.state:
        case "pending":
            return "working", (
                f"Waiting for a person (code {approval['code']}) until "
                f"{approval['decide_by']}: {approval['review_url']}."
                f"{asked_back(approval)}"
            )
        case "approved":
            return "working", (
                "Approved; about to run."
                if standing.deferred
                else "Approved; repeat the call."
            )
        case "executed" if standing.call is None or standing.call in _RUNNING:
            return "working", "Running."
        case "cancelled":
            return "cancelled", _who(standing.ended_by)
        case _:
            return "completed", ""


def _who(ended_by: str) -> str:
    return {
        "agent": "Cancelled by the agent.",
        "person": "Cancelled by a person.",
    }.get(ended_by, "Cancelled with its session, or because nobody is left to decide.")
