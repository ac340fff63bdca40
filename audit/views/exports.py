"""``/audit/export.csv`` and ``/audit/export.jsonl``: the page's filters, as a file."""

from typing import Final

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from audit.errors import RecordUnavailable
from audit.exports import Export, Form, Order, TooManyExports, is_part
from audit.filters import Filters
from audit.forms import SearchForm
from audit.models import Checkpoint
from audit.services import Facts
from audit.views.access import AuditRequest, AuditView
from audit.views.pages import page

_TYPES: Final[dict[Form, str]] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
}
MOST_DIGITS: Final = 19


class ExportView(AuditView):
    """The records that the filters let through, oldest first."""

    form: Form = "csv"

    def get(self, request: AuditRequest) -> HttpResponseBase:
        """Stream the file; what is no valid filter is refused, never left out."""
        form = SearchForm(request.GET, scope=request.audit_scope)
        if not form.is_valid():
            return page(request, "audit/search.html", {"form": form}, status=400)
        try:
            checkpoint = _checkpoint(request)
        except LookupError:
            return _sorry(400, "There is no checkpoint of this size.")
        order = _order(form.filters(), self.form, request, checkpoint)
        try:
            export = Export(order, now=timezone.now())
        except TooManyExports:
            return _sorry(429, "Two exports are on their way already. Try again soon.")
        except RecordUnavailable:
            return _sorry(503, "The export can't be recorded, so it is not made.")
        return _stream(export, self.form, checkpoint)


def _checkpoint(request: AuditRequest) -> Checkpoint | None:
    """Return the checkpoint of the moment, or the one of the size that was asked for.

    Raises LookupError if there is none of that size.
    """
    asked = request.GET.get("size")
    if asked is None:
        return Checkpoint.objects.newest()
    if not (asked.isascii() and asked.isdecimal() and len(asked) < MOST_DIGITS):
        raise LookupError(asked)
    found = Checkpoint.objects.filter(size=int(asked)).first()
    if found is None:
        raise LookupError(asked)
    return found


def _order(
    filters: Filters,
    form: Form,
    request: AuditRequest,
    checkpoint: Checkpoint | None,
) -> Order:
    personal = request.GET.get("personal") != "0"
    facts = _facts(filters, form, request, personal=personal)
    size = checkpoint.size if checkpoint else 0
    facts["detail"] = {**(facts["detail"] or {}), "size": size}
    return Order(
        records=filters.records(request.audit_scope),
        form=form,
        facts=facts,
        checkpoint=checkpoint,
        proved=is_part(filters, request.audit_scope),
        personal=personal,
        byte_order_mark=request.GET.get("bom") == "1",
    )


def _facts(
    filters: Filters, form: Form, request: AuditRequest, *, personal: bool
) -> Facts:
    tenants = request.audit_scope.tenants
    alone = next(iter(tenants)) if tenants and len(tenants) == 1 else None
    return {
        "tenant": filters.tenant or alone,
        "person": request.user.get_username(),
        "detail": {
            "form": form,
            "filters": filters.in_words(),
            "tenants": sorted(tenants) if tenants else "all",
            "personal": personal,
        },
    }


def _stream(
    export: Export, form: Form, checkpoint: Checkpoint | None
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(export, content_type=_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="evidence.{form}"'
    response["Sealwright-Checkpoint-Size"] = str(checkpoint.size if checkpoint else 0)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _sorry(status: int, sentence: str) -> HttpResponse:
    headers = {"Retry-After": "10", "Cache-Control": "no-store"}
    return HttpResponse(
        f"{sentence}\n", status=status, content_type="text/plain", headers=headers
    )
