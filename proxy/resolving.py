"""What a person found out about a call whose answer was lost."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from audit.services import record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import Membership, User
from proxy.models import Call

NOTE_CHARACTERS = 2000


def may_resolve(call: Call, person: User, *, now: datetime) -> bool:
    """Whether the call's page opens for this person: its owner and its admins."""
    admins = Membership.objects.valid(now).filter(
        user=person, tenant=call.tenant_id, role=Membership.Role.ADMIN
    )
    return call.agent.owner_id == person.pk or admins.exists()


@transaction.atomic
def resolve_call(
    call_id: str, *, by: User, finding: str, note: str, now: datetime
) -> bool:
    """Store a finding, once; False if the outcome was not, or no longer, unclear.

    Nothing is sent by it.  Raises Denied ``not_found`` for whoever is neither owner
    nor admin, and ``invalid_request``.
    """
    call = Call.objects.select_related("agent", "tenant").filter(pk=call_id).first()
    if call is None or not may_resolve(call, by, now=now):
        raise Denied(Reason.NOT_FOUND, _("There is no such call."))
    if finding not in Call.Finding.values:
        raise Denied(Reason.INVALID_REQUEST, _("Choose what was found out."))
    note = note[:NOTE_CHARACTERS].replace("\0", "\ufffd")  # no column holds a NUL
    unclear = Call.objects.filter(pk=call_id, state=Call.State.OUTCOME_UNKNOWN)
    # One conditional UPDATE: of two people who send the form, one finding is kept.
    moved = unclear.update(
        state=Call.State.RESOLVED,
        finding=finding,
        note=note,
        resolved_by=by,
        resolved_at=now,
    )
    if moved:
        _record(call, by=by, finding=finding, note=note, now=now)
    return bool(moved)


def _record(call: Call, *, by: User, finding: str, note: str, now: datetime) -> None:
    record(
        "call.resolved",
        now=now,
        tenant=call.tenant.slug,
        actor_kind="person",
        person=by.username,
        agent=call.agent.name,
        tool=call.tool,
        scope=call.scope,
        session_id=call.session_id,
        call_id=call.pk,
        approval_id=call.approval_id,
        claim_id=call.claim_id,
        args_digest=bytes(call.args_digest),
        stated_reason=note,
        detail={"finding": finding},
    )
