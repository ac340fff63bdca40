"""Sessions of agents: found, opened, ended, and remembered for a minute.

What this process remembers of a session can be stale without harm: the statement that
spends a claim asks the row itself whether it is alive and of the same epoch.
"""

import threading
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from approvals.services import close_session
from audit.services import record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentSession
from governance.models.sessions import IDLE, LIFE
from governance.policy import Principal
from governance.settled import wait_for_writers

MAX_OPEN: Final = 1000
TOUCH: Final = timedelta(seconds=60)
MAX_REMEMBERED: Final = 20_000

_lock: Final = threading.Lock()
_remembered: Final[dict[tuple[int, str, str], AgentSession]] = {}


def session_for(
    principal: Principal, *, handle: str | None, label: str | None, now: datetime
) -> AgentSession:
    """Return the session of a handle or a label, or the default one.

    A label and the default are opened on demand; a handle may name a session that is
    over (``is_live``).  Raises Denied ``not_found`` for an unknown or foreign handle.
    """
    key = (principal.agent_id, handle or "", label or "")
    known = _remembered.get(key)
    is_young = known is not None and known.last_used_at > now - TOUCH
    if known is not None and is_young and is_live(known, now=now):
        return known
    found = (
        own_session(principal, handle)
        if handle
        else _found_or_opened(principal, label=label or "", now=now)
    )
    return _remember(key, _touched(found, now=now))


def is_live(session: AgentSession, *, now: datetime) -> bool:
    """Answer whether a session, as it was read, may still be used."""
    over = session.ended_at is not None or session.expires_at <= now
    return not over and session.last_used_at > now - IDLE


def insist_on_live(session: AgentSession, *, now: datetime) -> None:
    """Raise Denied ``session_ended`` unless a session may still be used."""
    if not is_live(session, now=now):
        raise Denied(Reason.SESSION_ENDED)


def find_or_open_session(
    principal: Principal, *, label: str, on_behalf_of: str, now: datetime
) -> AgentSession:
    """Open a session as the agent asked, or find its live one of that label.

    Raises Denied ``invalid_request`` if that one is on behalf of somebody else.
    """
    if not label:
        return open_session(principal, on_behalf_of=on_behalf_of, now=now)
    found = _found_or_opened(principal, label=label, on_behalf_of=on_behalf_of, now=now)
    if on_behalf_of and found.on_behalf_of != on_behalf_of:
        raise Denied(
            Reason.INVALID_REQUEST,
            "A live session has this label, and is on behalf of somebody else.",
        )
    return _touched(found, now=now)


def _found_or_opened(
    principal: Principal, *, label: str, on_behalf_of: str = "", now: datetime
) -> AgentSession:
    own = AgentSession.objects.filter(
        agent=principal.agent_id, label=label, is_default=not label, ended_at=None
    )
    # Read once: a second look could find, and end, what somebody has opened meanwhile.
    found = own.first()
    if found is not None and is_live(found, now=now):
        return found
    if found is not None:
        end_session(found, principal=principal, event="session.expired", now=now)
    try:
        return open_session(
            principal,
            label=label,
            on_behalf_of=on_behalf_of,
            is_default=not label,
            now=now,
        )
    except IntegrityError:
        # Somebody opened it in the meantime: the constraint let one of us through.
        opened = own.first()
        if opened is None:  # and somebody has ended it since
            raise Denied(Reason.UNAVAILABLE, retry_after=1) from None
        return opened


def open_session(
    principal: Principal,
    *,
    label: str = "",
    on_behalf_of: str = "",
    is_default: bool = False,
    now: datetime,
) -> AgentSession:
    """Open a session; Raises Denied ``rate_limited`` if the agent has too many.

    Raises IntegrityError if a live one of this label was opened meanwhile.
    """
    own = AgentSession.objects.filter(agent=principal.agent_id)
    if own.live(now).count() >= MAX_OPEN:
        raise Denied(
            Reason.RATE_LIMITED,
            f"This agent has {MAX_OPEN} open sessions; end some first.",
            retry_after=60,
        )
    with transaction.atomic():
        session = AgentSession.objects.create(
            agent_id=principal.agent_id,
            label=label,
            on_behalf_of=on_behalf_of,
            is_default=is_default,
            created_at=now,
            last_used_at=now,
            expires_at=now + LIFE,
        )
        _record("session.opened", session, principal=principal, now=now)
    return session


def own_session(principal: Principal, handle: str) -> AgentSession:
    """Return an agent's own session; raises Denied ``not_found`` for any other."""
    session = AgentSession.objects.filter(agent=principal.agent_id, pk=handle).first()
    if session is None:
        raise Denied(Reason.NOT_FOUND, "There is no such session.")
    return session


@transaction.atomic
def end_session(
    session: AgentSession,
    *,
    principal: Principal,
    event: str = "session.ended",
    now: datetime,
) -> None:
    """End a session: its unspent claims are revoked, its pending approvals cancelled.

    Ending one that is over changes nothing.
    """
    ended = AgentSession.objects.filter(pk=session.pk, ended_at=None)
    if ended.update(ended_at=now):
        close_session(session, why=Reason.SESSION_ENDED, now=now)
        _record(event, session, principal=principal, now=now)
        _settle(session)


@transaction.atomic
def change_context(
    session: AgentSession, *, principal: Principal, now: datetime
) -> AgentSession:
    """Declare that the human changed the task: a new epoch, the session goes on.

    Raises Denied ``session_ended`` if it is over.
    """
    live = AgentSession.objects.filter(pk=session.pk).live(now)
    if not live.bump_epoch():
        raise Denied(Reason.SESSION_ENDED)
    close_session(session, why=Reason.CONTEXT_CHANGED, now=now)
    _record("session.context_changed", session, principal=principal, now=now)
    _settle(session)
    return AgentSession.objects.get(pk=session.pk)


def _settle(session: AgentSession) -> None:
    transaction.on_commit(lambda: forget(session))
    # Like every switch: answered only when nobody can spend by the old state any more.
    transaction.on_commit(wait_for_writers)


def forget(session: AgentSession) -> None:
    """Let the next call read the session's row again."""
    with _lock:
        stale = [key for key, known in _remembered.items() if known.pk == session.pk]
        for key in stale:
            del _remembered[key]


def forget_all() -> None:
    """Let every next call read its session's row again (tests)."""
    with _lock:
        _remembered.clear()


def _remember(key: tuple[int, str, str], session: AgentSession) -> AgentSession:
    with _lock:
        if len(_remembered) >= MAX_REMEMBERED:
            _remembered.clear()
        _remembered[key] = session
    return session


def _touched(session: AgentSession, *, now: datetime) -> AgentSession:
    if is_live(session, now=now) and session.last_used_at <= now - TOUCH:
        AgentSession.objects.filter(pk=session.pk).update(last_used_at=now)
        session.last_used_at = now
    return session


def _record(
    event: str, session: AgentSession, *, principal: Principal, now: datetime
) -> None:
    record(
        event,
        now=now,
        tenant=principal.tenant,
        actor_kind="agent",
        agent=principal.agent,
        session_id=session.pk,
        on_behalf_of=session.on_behalf_of,
        detail={"label": session.label} if session.label else None,
    )
