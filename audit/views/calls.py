"""Why was this allowed: ``/audit/calls/{id}/`` and ``/audit/records/{id}/``."""

from collections.abc import Callable, Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from audit import sentence
from audit.calls import evidence_of
from audit.columns import Row
from audit.models import Checkpoint, Record
from audit.places import Placed, placed, summed_up, verified
from audit.rows import read
from audit.views.access import AuditRequest, AuditView
from audit.views.pages import page

_Look = Callable[[Sequence[Row]], list[Placed]]


class CallView(AuditView):
    """One call: the sentence, its story, its records and their proofs."""

    def get(self, request: AuditRequest, call_id: str) -> HttpResponse:
        """Show all that the evidence says; an unknown and a foreign id are alike."""
        return _call(request, call_id, placed)

    def post(self, request: AuditRequest, call_id: str) -> HttpResponse:
        """Verify its records now, and show the same with what came out."""
        return _call(request, call_id, verified)


class RecordView(AuditView):
    """One record; where it belongs to a call, it is shown in its place there."""

    def get(self, request: AuditRequest, record_id: str) -> HttpResponse:
        """Show the record, or lead to it."""
        row = _record(request, record_id)
        if row["call_id"]:
            return redirect(f"/audit/calls/{row['call_id']}/#{row['id']}")
        return _alone(request, row, placed)

    def post(self, request: AuditRequest, record_id: str) -> HttpResponse:
        """Verify it now, and show it with what came out."""
        return _alone(request, _record(request, record_id), verified)


def _call(request: AuditRequest, call_id: str, look: _Look) -> HttpResponse:
    call = evidence_of(call_id, scope=request.audit_scope)
    if call is None:
        raise Http404
    newest = Checkpoint.objects.newest()
    told = {
        "call": call,
        "call_id": call_id,
        # What an approval names holds the asking and the votes, too.
        "named": call.main["approval_id"] or call_id,
        "size": newest.size if newest else None,
        **_looked(call.rows, look),
    }
    return page(request, "audit/call.html", told)


def _record(request: AuditRequest, record_id: str) -> Row:
    records = Record.objects.visible_to(request.audit_scope)
    rows = read(records.filter(pk=record_id))
    if not rows:
        raise Http404
    return rows[0]


def _alone(request: AuditRequest, row: Row, look: _Look) -> HttpResponse:
    told = {"row": row, "sentence": sentence.of_record(row), **_looked([row], look)}
    return page(request, "audit/record.html", told)


def _looked(rows: Sequence[Row], look: _Look) -> dict[str, object]:
    shown = look(rows)
    is_verified = any(each.verdict for each in shown)
    summary = summed_up(shown, at=timezone.now()) if is_verified else None
    return {"records": shown, "verification": summary}
