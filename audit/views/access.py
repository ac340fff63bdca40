"""Who comes in: signed in, with a tenant to audit.  For others there is no page."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views import View

from audit.access import NOTHING, AuditScope


class AuditRequest(HttpRequest):
    """A request of somebody who may audit something."""

    audit_scope: AuditScope


class AuditView(View):
    """A page of the audit; without a tenant to audit it does not exist (404)."""

    request: AuditRequest

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Serve whoever may audit; the scope comes from the layer above."""
        scope = getattr(request, "audit_scope", NOTHING)
        if not request.user.is_authenticated or scope.is_empty:
            raise Http404
        return super().dispatch(request, *args, **kwargs)
