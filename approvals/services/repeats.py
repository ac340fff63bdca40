"""What an agent that asks again meets: the ending once, then a pause."""

import math
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_noop as _

from approvals.models import Approval
from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentSession

FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(hours=24)
DENIALS: Final = 3
DENIED_WITHIN: Final = timedelta(minutes=60)
SESSION_RESTS: Final = timedelta(minutes=30)
_RESTS: Final = _(
    "Three requests of this session were denied within an hour, so nobody is asked for"
    " anything of it now. Reads go on."
)
_EXPIRIES: Final = 2
_DOUBLINGS: Final = 7  # 15 min, seven times doubled, is more than a day

State = Approval.State
By = Approval.By

_ENDINGS: Final = {
    State.DENIED: Reason.APPROVAL_DENIED,
    State.EXPIRED: Reason.APPROVAL_EXPIRED,
    State.CANCELLED: Reason.APPROVAL_CANCELLED,
    State.REVOKED: Reason.APPROVAL_REVOKED,
    State.LAPSED: Reason.APPROVAL_LAPSED,
}


def untold(latest: Approval) -> Reason | None:
    """Return the ending that the agent still has to be told, if any.

    What it ended itself, and what publishing ended, it asks anew at once.
    """
    if latest.told_at is not None:
        return None
    if latest.ended_reason == Reason.APPROVAL_UNSATISFIABLE:
        return Reason.APPROVAL_UNSATISFIABLE
    if latest.state in (State.CANCELLED, State.REVOKED):
        return _ENDINGS[State(latest.state)] if latest.ended_by == By.PERSON else None
    return _ENDINGS.get(State(latest.state))


def telling(latest: Approval, reason: Reason) -> Denied:
    """Say how the last equal request ended, with the approver's words if any."""
    denied = Denied(reason, approval_id=latest.pk)
    if latest.reason_for_agent:
        denied.members["reason_for_agent"] = latest.reason_for_agent
    return denied


def cooling(latest: Approval, *, at: datetime) -> Denied | None:
    """Refuse an equal request that comes too soon after denials or expiries."""
    if latest.ended_at is None:
        return None
    return _resting(latest.ended_at + _pause(latest), at=at)


def resting(session: AgentSession, *, at: datetime) -> Denied | None:
    """Refuse all asks of a session that was denied three times within the hour."""
    since = rests_since(session)
    if since is None:
        return None
    return _resting(since + SESSION_RESTS, at=at, told=_RESTS)


def rests_since(session: AgentSession) -> datetime | None:
    """Return the denial that made a session rest, if the last three came so soon."""
    denials = Approval.objects.filter(
        session=session, state=State.DENIED, ended_at__isnull=False
    ).order_by("-ended_at")
    times = list(denials.values_list("ended_at", flat=True)[:DENIALS])
    if len(times) < DENIALS or not times[0] or not times[-1]:
        return None
    return times[0] if times[0] - times[-1] <= DENIED_WITHIN else None


def _pause(latest: Approval) -> timedelta:
    if latest.state == State.DENIED:
        times = 1 << (_in_a_row(latest, _DOUBLINGS + 1) - 1)
        return min(FIRST_PAUSE * times, LONGEST_PAUSE)
    expired = latest.state == State.EXPIRED
    if expired and _in_a_row(latest, _EXPIRIES) == _EXPIRIES:
        return FIRST_PAUSE
    return timedelta(0)


def _in_a_row(latest: Approval, most: int) -> int:
    """Count how often the equal request ended so, without another ending between."""
    equal = Approval.objects.filter(
        agent=latest.agent_id, fingerprint=bytes(latest.fingerprint)
    ).order_by("-created_at")
    states = list(equal.values_list("state", flat=True)[:most])
    other = (n for n, state in enumerate(states) if state != latest.state)
    return next(other, len(states))


def _resting(until: datetime, *, at: datetime, told: str = "") -> Denied | None:
    if at >= until:
        return None
    wait = math.ceil((until - at).total_seconds())
    return Denied(Reason.COOLING_DOWN, told, retry_after=wait)
