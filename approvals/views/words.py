"""The words of the review page that depend on the request alone."""

from typing import Final

from approvals.models import Approval
from governance.models import RouteVersion
from governance.templatetags.times import span

_STATES: Final = {
    "pending": "waits for a decision",
    "late": "too late to decide",
    "approved": "approved, not used yet",
    "executed": "approved and used",
}
_RISKS: Final = {
    "read": "It only reads.",
    "write": "It changes something at the remote system.",
    "privileged": "It changes something where a mistake is costly.",
}
_SEPARATIONS: Final = {
    RouteVersion.Separation.CONFIRM: "and the agent's owner may say yes",
    RouteVersion.Separation.FOUR_EYES: "but none of the agent's own people",
    RouteVersion.Separation.STRICT: (
        "but none of the agent's own people, nor who shaped the rule"
    ),
}


def of(approval: Approval, *, is_late: bool) -> dict[str, object]:
    """Return the words for one request."""
    state = "late" if is_late and approval.state == "pending" else approval.state
    return {
        "state_word": _STATES.get(state, state),
        "state_class": state,
        "risk_words": _RISKS.get(approval.risk, ""),
        "what_happens": what_happens(approval),
        "separation_words": _SEPARATIONS.get(
            RouteVersion.Separation(approval.separation), ""
        ),
    }


def what_happens(approval: Approval) -> str:
    """Say who runs it once it is approved, how often and until when."""
    if approval.mode == Approval.Mode.DEFERRED:
        return "Sealwright runs it once, at once"
    within = span(approval.route_version.execute_within_seconds)
    last = "the last vote" if approval.quorum > 1 else "your vote"
    return f"{approval.agent.name} may run it once, within {within} of {last}"
