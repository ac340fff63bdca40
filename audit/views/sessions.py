"""``/audit/sessions/{id}/``: what one agent session did, in order."""

from django.http import Http404, HttpResponse

from audit.timeline import timeline_of
from audit.views.access import AuditRequest, AuditView
from audit.views.addresses import query_of
from audit.views.pages import page


class SessionView(AuditView):
    """The timeline of a session; an unknown and a foreign id are alike."""

    def get(self, request: AuditRequest, session_id: str) -> HttpResponse:
        """Show a page of it."""
        asked = request.GET
        timeline = timeline_of(
            session_id,
            scope=request.audit_scope,
            before=asked.get("before", ""),
            after=asked.get("after", ""),
            only_refusals=asked.get("only") == "refusals",
        )
        if timeline is None:
            raise Http404
        later, earlier = timeline.later_than, timeline.earlier_than
        told = {
            "session_id": session_id,
            "timeline": timeline,
            "only_refusals": asked.get("only") == "refusals",
            "later": later and query_of(asked, {"after": later}),
            "earlier": earlier and query_of(asked, {"before": earlier}),
        }
        return page(request, "audit/session.html", told)
