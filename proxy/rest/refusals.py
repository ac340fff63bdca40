"""What the door itself refuses: recorded here, for no call has done it."""

from datetime import datetime

from rest_framework.request import Request

from audit.services import record_denied
from governance.errors import Denied, Problem
from governance.policy import Principal


def record_refusal(problem: Problem, request: Request, *, now: datetime) -> None:
    """Record as ``request.refused`` that an agent with a good key was turned away.

    Whoever has no good key is counted where the key is looked at.  Raises
    RecordUnavailable.
    """
    if problem.is_recorded:
        return
    principal = _principal(request)
    if principal is None:
        return
    record_denied(
        "request.refused",
        now=now,
        reason=problem.reason,
        tenant=principal.tenant,
        agent=principal.agent,
        actor_kind="agent",
        policy_epoch=principal.epoch,
        detail={
            "told": str(problem),
            "asked": f"{request.method} {request.path[:200]}",
        },
    )


def _principal(request: Request) -> Principal | None:
    # Asking for it authenticates, where something else was wrong before that.
    try:
        return request.auth if isinstance(request.auth, Principal) else None
    except Denied:
        return None
