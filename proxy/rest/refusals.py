"""Refusals of /v1 itself, on record."""

from datetime import datetime

from rest_framework.request import Request

from governance.errors import Denied, Problem
from governance.policy import Principal
from proxy.refusals import record_refused


def record_refusal(problem: Problem, request: Request, *, now: datetime) -> None:
    """Record that an agent with a good key was turned away.

    Whoever has no good key is counted where the key is looked at.  Raises
    RecordUnavailable.
    """
    if problem.is_recorded:
        return
    principal = _principal(request)
    if principal is not None:
        asked = f"{request.method} {request.path[:200]}"
        record_refused(problem, principal, asked=asked, now=now)


def _principal(request: Request) -> Principal | None:
    # Asking for it authenticates, where something else was wrong before that.
    try:
        return request.auth if isinstance(request.auth, Principal) else None
    except Denied:
        return None
