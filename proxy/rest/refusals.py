"""What the door itself refuses: recorded here, for no call has done it."""

from datetime import datetime

from rest_framework.request import Request

from audit.services import Facts, record_denied, record_flood
from governance.decision import Reason
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
    facts: Facts = {
        "reason": problem.reason,
        "tenant": principal.tenant,
        "agent": principal.agent,
        "actor_kind": "agent",
        "policy_epoch": principal.epoch,
        "detail": {
            "told": str(problem),
            "asked": f"{request.method} {request.path[:200]}",
        },
    }
    if problem.reason is Reason.UNAVAILABLE:
        # Too many wait here: they come in floods, and a record each would feed them.
        record_flood("request.refused", f"{principal.key_id} busy", now=now, **facts)
    else:
        record_denied("request.refused", now=now, **facts)


def _principal(request: Request) -> Principal | None:
    # Asking for it authenticates, where something else was wrong before that.
    try:
        return request.auth if isinstance(request.auth, Principal) else None
    except Denied:
        return None
