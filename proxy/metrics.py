"""Counting the calls of this process; ``/metrics`` adds the processes up."""

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from governance.decision import Reason
from governance.errors import Denied
from governance.operations.counting import observe_refusal
from proxy.asking import Answer, Ended, Waiting
from proxy.telemetry import governed

__all__ = ["observe_call", "observe_refusal", "observed", "waiters"]

_BUCKETS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1, 2, 5, 10, 30, 60, 120),
)
# These come before the tool is known to be one: its name is what a stranger wrote, and
# a label of its own for each name would fill the memory.
_NOT_ROUTED: Final = frozenset(
    {
        Reason.UNAUTHENTICATED,
        Reason.TENANT_SUSPENDED,
        Reason.AGENT_SUSPENDED,
        Reason.UNKNOWN_TOOL,
        Reason.UNAVAILABLE,
        Reason.NOT_FOUND,
    }
)

_calls: Final = Counter(
    "sealwright_calls", "Governed calls, by tool and outcome.", ["tool", "outcome"]
)
_seconds: Final = Histogram(
    "sealwright_call_seconds",
    "How long a governed call took, the backend's part included.",
    ["outcome"],
    buckets=_BUCKETS,
)
waiters: Final = Gauge(
    "sealwright_waiters",
    "Requests that wait for a person (?wait=).",
    multiprocess_mode="livesum",
)


def observe_call(tool: str, outcome: str, seconds: float) -> None:
    """Count a call that was answered; ``tool`` is one that has a route, or empty."""
    _calls.labels(tool, outcome).inc()
    _seconds.labels(outcome).observe(seconds)


def observed(tool: str, run: Callable[[], Answer]) -> Answer:
    """Run a governed call inside its span, and count how it was answered."""
    began = time.perf_counter()
    known, outcome = "", "unavailable"
    with governed() as span:
        try:
            answer = run()
            known, outcome = tool, _outcome(answer)
        except Denied as refusal:
            known = "" if refusal.reason in _NOT_ROUTED else tool
            outcome = "denied"
            span.refused(refusal.reason)
            raise
        finally:
            span.ended(known, outcome)
            observe_call(known, outcome, time.perf_counter() - began)
    return answer


def _outcome(answer: Answer) -> str:
    match answer:
        case Ended(replayed=True):
            return "replayed"
        case Ended():
            return answer.state
        case Waiting():
            return answer.status
        case _:
            return "explained"
