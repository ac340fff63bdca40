"""``/audit/``: search with filters in the URL."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone

from audit.filters import NAMES_IN_URL, Filters
from audit.finding import RECORD_ID
from audit.forms import CURSORS, SearchForm
from audit.models import Checkpoint
from audit.search import only_call, search, to_loosen
from audit.views.access import AuditRequest, AuditView
from audit.views.addresses import query_of
from audit.views.pages import page


class SearchView(AuditView):
    """Find records; what is named in the one box leads to its page."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Show the newest records that the filters let through."""
        if "" in request.GET.values():
            # A form sends its empty fields too; whoever is sent the address need not.
            return redirect(f"{request.path}?{query_of(request.GET)}")
        form = SearchForm(request.GET, scope=request.audit_scope)
        if not form.is_valid():
            return page(request, "audit/search.html", {"form": form}, status=400)
        filters = form.filters()
        if there := _page_of(filters, request):
            return there
        return page(request, "audit/search.html", _found(form, filters, request))


def _page_of(filters: Filters, request: AuditRequest) -> HttpResponseRedirect | None:
    if not filters.q:
        return None
    if RECORD_ID.fullmatch(filters.q):
        return redirect("audit:record", filters.q)
    if filters.used() or not (call := only_call(filters, scope=request.audit_scope)):
        return None
    return redirect("audit:call", call)


def _found(
    form: SearchForm, filters: Filters, request: AuditRequest
) -> dict[str, object]:
    scope = request.audit_scope
    found = search(
        filters,
        scope=scope,
        now=timezone.now(),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return {
        "form": form,
        "found": found,
        "filters": filters,
        "query": query_of(request.GET),
        **_to_take(request),
        "older": found.older_than
        and query_of(request.GET, {"before": found.older_than}),
        "newer": found.newer_than
        and query_of(request.GET, {"after": found.newer_than}),
        "is_past_the_end": any(name in request.GET for name in CURSORS),
        "loosen": [] if found.rows else _ways_out(filters, form, request),
    }


def _to_take(request: AuditRequest) -> dict[str, object]:
    """Return what the links to take records away say; all of them are of one size.

    Else the log would have grown between an export and its checkpoint, and an auditor
    would take the two for tampered.
    """
    newest = Checkpoint.objects.newest()
    size = str(newest.size) if newest else None
    return {
        "size": size,
        "export_query": query_of(request.GET, {"size": size}),
    }


def _ways_out(
    filters: Filters, form: SearchForm, request: AuditRequest
) -> list[dict[str, str]]:
    return [
        {
            "label": str(form.fields[name].label or name),
            "query": query_of(request.GET, {NAMES_IN_URL.get(name, name): None}),
        }
        for name in to_loosen(filters, scope=request.audit_scope)
    ]
