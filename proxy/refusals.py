"""What a door itself refuses: recorded here, for no call has done it."""

from datetime import datetime

from audit.services import Facts, record_denied, record_flood
from governance.decision import Reason
from governance.errors import Problem
from governance.policy import Principal


def record_refused(
    problem: Problem, principal: Principal, *, asked: str, now: datetime
) -> None:
    """Record as ``request.refused`` that an agent with a good key was turned away.

    ``asked`` says what for, in few words.  Raises RecordUnavailable.
    """
    if problem.is_recorded:
        return
    facts: Facts = {
        "reason": problem.reason,
        "tenant": principal.tenant,
        "agent": principal.agent,
        "actor_kind": "agent",
        "policy_epoch": principal.epoch,
        "detail": {"told": str(problem), "asked": asked},
    }
    if problem.reason is Reason.UNAVAILABLE:
        # Too many wait here: they come in floods, and a record each would feed them.
        record_flood("request.refused", f"{principal.key_id} busy", now=now, **facts)
    else:
        record_denied("request.refused", now=now, **facts)
    problem.is_recorded = True
