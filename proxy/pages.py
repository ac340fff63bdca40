"""The page of one call, and what the pages of other layers ask about calls."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from approvals.display import table
from approvals.executions import Execution
from governance.access import PersonRequest
from governance.arguments import parse_json
from governance.errors import FACES, Denied
from proxy.models import Call
from proxy.resolving import may_resolve, resolve_call

_SENTENCES: Final = {
    Call.State.QUEUED: gettext_lazy("It waits to be sent"),
    Call.State.SENDING: gettext_lazy("It is being sent"),
    Call.State.COMPLETED: gettext_lazy("It ran"),
    Call.State.FAILED: gettext_lazy("It failed"),
    Call.State.OUTCOME_UNKNOWN: gettext_lazy("It was sent, and its outcome is unknown"),
}
_FINDINGS: Final = {
    Call.Finding.HAPPENED: gettext_lazy("Its outcome was unknown; it did happen"),
    Call.Finding.DID_NOT_HAPPEN: gettext_lazy(
        "Its outcome was unknown; it did not happen"
    ),
    Call.Finding.CANNOT_TELL: gettext_lazy(
        "Its outcome is unknown, and nobody can tell"
    ),
}
_RELATED: Final = (
    "agent__owner",
    "tenant",
    "approval",
    "payload",
    "resolved_by",
    "route_version__backend",
    "route_version__lane",
)


@require_safe
def call_page(request: PersonRequest, call_id: str) -> HttpResponse:
    """Show a call to its agent's owner and its tenant's admins."""
    return _show(request, _find(request, call_id))


@require_POST
def resolve(request: PersonRequest, call_id: str) -> HttpResponse:
    """Store what the person found out; whoever comes second is told."""
    sent = {name: request.POST.get(name, "") for name in ("finding", "note")}
    try:
        moved = resolve_call(call_id, by=request.user, now=timezone.now(), **sent)
    except Denied as denied:
        status = FACES[denied.reason].status
        call = _find(request, call_id)
        return _show(request, call, status, sorry=denied.told, sent=sent)
    if not moved:
        late = _("Its outcome is not unclear any more; your finding was not kept.")
        call = _find(request, call_id)
        return _show(request, call, HTTPStatus.CONFLICT, sorry=late, sent=sent)
    return HttpResponseRedirect(f"/calls/{call_id}/", status=HTTPStatus.SEE_OTHER)


def _find(request: PersonRequest, call_id: str) -> Call:
    call = Call.objects.select_related(*_RELATED).filter(pk=call_id).first()
    if call is None or not may_resolve(call, request.user, now=timezone.now()):
        raise Http404
    return call


def _show(
    request: PersonRequest,
    call: Call,
    status: int = HTTPStatus.OK,
    *,
    sorry: str = "",
    sent: Mapping[str, str] | None = None,
) -> HttpResponse:
    args = parse_json(bytes(call.payload.request)) if call.payload else None
    schema = call.route_version.arguments_schema
    shown = {
        "call": call,
        "sorry": sorry,
        "sent": sent or {},
        "sentence": sentence(call),
        "findings": Call.Finding.choices,
        "table": args is not None and table(args, schema, full=True),
        "is_unclear": call.state == Call.State.OUTCOME_UNKNOWN,
        "sees_evidence": request.access.audit_scope.covers(call.tenant.slug),
    }
    return render(request, "proxy/call.html", shown, status=status)


def sentence(call: Call) -> str:
    """Say in a few words how a call stands or ended, without a full stop."""
    if call.state == Call.State.RESOLVED:
        return str(_FINDINGS[Call.Finding(call.finding)])
    return str(_SENTENCES[Call.State(call.state)])


def executions(approval_ids: Iterable[str]) -> Mapping[str, Execution]:
    """Return the latest call of each approval (the setting ``EXECUTIONS``)."""
    calls = Call.objects.filter(approval__in=list(approval_ids)).order_by("created_at")
    return {str(call.approval_id): _execution(call) for call in calls}


def _execution(call: Call) -> Execution:
    at = call.resolved_at or call.finished_at or call.sent_at or call.created_at
    return Execution(call.pk, call.state, sentence(call), at)
