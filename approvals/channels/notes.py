"""The events that webhooks carry: their types, and their JSON.

Names of ours, times and states; no argument, no reason, nothing that an agent wrote.
``docs/webhooks.md`` describes the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from approvals.models import Approval, Delivery


class NoteType(models.TextChoices):
    """What a tenant's systems can be told of."""

    REQUESTED = "approval.requested", _("an approval was requested")
    DECIDED = "approval.decided", _("an approval was decided, or ended otherwise")
    FINISHED = "call.finished", _("an approved or unclear call finished")
    COOLED_DOWN = "session.cooled_down", _("a session rests after its denials")
    TEST = "webhook.test", _("somebody sent a test")


CHOSEN: Final = tuple(type_ for type_ in NoteType if type_ is not NoteType.TEST)
_CALLS: Final = {
    "executed": "completed",
    "failed": "failed",
    "outcome_unknown": "outcome_unknown",
}
_TYPES: Final[Mapping[str, NoteType]] = {
    "requested": NoteType.REQUESTED,
    "session_rests": NoteType.COOLED_DOWN,
    "test": NoteType.TEST,
    **dict.fromkeys(
        ("approved", "denied", "expired", "cancelled", "superseded"),
        NoteType.DECIDED,
    ),
    **dict.fromkeys(
        ("revoked", "lapsed"),
        NoteType.DECIDED,
    ),
    **dict.fromkeys(_CALLS, NoteType.FINISHED),
}


def type_of(event: str) -> NoteType | None:
    """Return the type that an event of the outbox goes out as, if it does."""
    return _TYPES.get(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What happened: an event of the outbox, and whatever it is about.

    ``rests_until`` goes with a session that rests.
    """

    event: str
    tenant: str
    rests_until: datetime | None = None
    approval: Approval | None = None
    call_id: str = ""
    about: Mapping[str, str] = field(default_factory=dict)


def data_of(happening: Happening) -> dict[str, Any]:
    """Return what is told of it, as it is now: an approval moves on, a note does not.

    Raises KeyError for an event that no webhook carries.
    """
    tenant = {"tenant": happening.tenant}
    match _TYPES[happening.event]:
        case NoteType.TEST:
            return tenant
        case NoteType.FINISHED:
            return {**tenant, **_call(happening)}
        case NoteType.COOLED_DOWN if happening.approval:
            return {**tenant, **_session(happening.approval, happening)}
        case _ if happening.approval:
            return {**tenant, **_approval(happening.approval, happening.event)}
    raise KeyError(happening.event)


def body_of(delivery: Delivery) -> bytes:
    """Return the JSON of one delivery: the same bytes for every attempt."""
    note = {
        "type": _TYPES[delivery.event].value,
        "timestamp": _written(delivery.created_at),
        "data": delivery.about,
    }
    return json.dumps(note, separators=(",", ":")).encode()


def _approval(approval: Approval, event: str) -> dict[str, Any]:
    times = ("created_at", "decide_by", "decided_at", "execute_by", "ended_at")
    return {
        **_names(approval),
        "state": "pending" if event == "requested" else event,
        "needed": approval.quorum,
        "group": approval.group.name,
        "review_url": f"{settings.PUBLIC_URL}/approvals/{approval.pk}/",
        **{name: _written(getattr(approval, name)) for name in times},
    }


def _call(happening: Happening) -> dict[str, Any]:
    approval = happening.approval
    return {
        **(_names(approval) if approval else happening.about),
        "call_id": happening.call_id,
        "state": _CALLS[happening.event],
        "review_url": f"{settings.PUBLIC_URL}/calls/{happening.call_id}/",
    }


def _session(approval: Approval, happening: Happening) -> dict[str, Any]:
    return {
        "agent": approval.agent.name,
        "session_id": approval.session_id,
        "rests_until": _written(happening.rests_until),
        "review_url": f"{settings.PUBLIC_URL}/approvals/{approval.pk}/",
    }


def _names(approval: Approval) -> dict[str, Any]:
    return {
        "approval_id": approval.pk,
        "code": approval.code,
        "agent": approval.agent.name,
        "session_id": approval.session_id,
        "tool": approval.tool,
        "scope": approval.scope,
        "risk": approval.risk,
    }


def _written(at: datetime | None) -> str | None:
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")
