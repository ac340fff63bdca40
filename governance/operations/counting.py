"""What a process counts below the proxy; ``proxy.metrics`` counts the calls."""

from datetime import timedelta
from typing import Final

from prometheus_client import Counter, Histogram

from governance.decision import Reason

# From a person who sits there to the longest route's week.
_DECIDE_BUCKETS: Final = (10, 30, 60, 300, 900, 3600, 14_400, 86_400, 604_800)

# How a call ended that ran or may have run: the calls' own counter has these.
_OUTCOMES: Final = frozenset(
    {
        Reason.BACKEND_ERROR,
        Reason.BACKEND_UNREACHABLE,
        Reason.CREDENTIAL_UNAVAILABLE,
        Reason.OUTCOME_UNKNOWN,
        Reason.RESPONSE_TOO_LARGE,
    }
)

_refusals: Final = Counter(
    "sealwright_refusals", "Refusals told to agents, by reason.", ["reason"]
)
_decisions: Final = Histogram(
    "sealwright_approval_decision_seconds",
    "From the request to the decision, by how it was decided.",
    ["verdict"],
    buckets=_DECIDE_BUCKETS,
)

# Up to three seconds nobody has read the page.
_reading: Final = Histogram(
    "sealwright_vote_reading_seconds",
    "From rendering the review page to the vote, by verdict.",
    ["verdict"],
    buckets=(1, 3, 10, 30, 60, 300, 900, 3600),
)


def observe_refusal(reason: Reason) -> None:
    """Count a refusal that an agent is told; the outcome of a call is none."""
    if reason not in _OUTCOMES:
        _refusals.labels(reason.value).inc()


def observe_decision(verdict: str, *, took: timedelta) -> None:
    """Count an approval that people approved or denied."""
    _decisions.labels(verdict).observe(took.total_seconds())


def observe_vote(verdict: str, *, seconds_read: float | None) -> None:
    """Count how long a page was open before its vote; a vote without a page is none."""
    if seconds_read is not None:
        _reading.labels(verdict).observe(seconds_read)
