"""The try-it page of a route."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.admin.base import posted
from governance.forms.routes import TryForm
from governance.models import Route, RouteVersion
from governance.schema import outline
from governance.trial import Trial, try_call


def try_view(
    request: HttpRequest, route: Route | None, *, context: dict[str, Any]
) -> HttpResponse:
    """Show the form and, once it is filled in, what would happen."""
    if route is None:
        raise Http404
    form = TryForm(posted(request), route=route, initial=_initial(request, route))
    shown = {
        **context,
        "title": _("Try %(route)s") % {"route": route},
        "original": route,
        "form": form,
        "trial": _trial(form) if request.method == "POST" else None,
        "back": reverse("admin:governance_route_change", args=[route.pk]),
    }
    return TemplateResponse(request, "admin/governance/try.html", shown)


def _trial(form: TryForm) -> Trial | None:
    if not form.is_valid():
        return None
    chosen = form.cleaned_data
    return try_call(
        chosen["version"], chosen["args"], agent=chosen["agent"], now=timezone.now()
    )


def _initial(request: HttpRequest, route: Route) -> dict[str, Any]:
    asked = request.GET.get("version", "")
    number = asked if asked.isdecimal() else route.published_id or 0
    version = RouteVersion.objects.filter(route=route, pk=number).first()
    return {
        "version": number,
        "args": outline(version.arguments_schema) if version else {},
    }
