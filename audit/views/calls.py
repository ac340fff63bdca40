"""Why was this allowed: ``/audit/calls/{id}/`` and ``/audit/records/{id}/``."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from audit import sentence
from audit.calls import evidence_of
from audit.models import Record
from audit.rows import read
from audit.views.access import AuditRequest, AuditView


class CallView(AuditView):
    """One call: the sentence, the facts, who saw what, the records."""

    def get(self, request: AuditRequest, call_id: str) -> HttpResponse:
        """Show all that the evidence says; an unknown and a foreign id are alike."""
        call = evidence_of(call_id, scope=request.audit_scope)
        if call is None:
            raise Http404
        allowed = "not allowed" if call.main["outcome"] == "denied" else "allowed"
        shown = {
            "call": call,
            "call_id": call_id,
            "heading": f"Why was this {allowed}?",
        }
        return render(request, "audit/call.html", shown)


class RecordView(AuditView):
    """One record; where it belongs to a call, it is shown in its place there."""

    def get(self, request: AuditRequest, record_id: str) -> HttpResponse:
        """Show the record, or lead to it."""
        records = Record.objects.visible_to(request.audit_scope)
        rows = read(records.filter(pk=record_id))
        if not rows:
            raise Http404
        row = rows[0]
        if row["call_id"]:
            return redirect(f"/audit/calls/{row['call_id']}/#{row['id']}")
        told = sentence.of_record(row)
        return render(request, "audit/record.html", {"row": row, "sentence": told})
