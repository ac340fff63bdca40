"""Credential lanes: a form for each kind, and the proof of what it says."""

from typing import Any

import yaml
from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from governance import services
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by
from governance.admin.buttons import ButtonsAdmin
from governance.forms.lanemaps import MapShape
from governance.forms.lanes import fieldsets_of, lane_form
from governance.models import CredentialLane
from governance.refusals.narrowing import placeholders
from governance.services.lanetests import prove

_KINDS = CredentialLane.Kind.values


@admin.register(CredentialLane)
class CredentialLaneAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Credential lanes; what is secret goes in and never comes out."""

    looks_names_up = True
    list_display = ("name", "tenant", "kind", "privilege", "narrowed", "secret_state")
    list_select_related = ("tenant",)
    readonly_fields = ("secret_state", "narrowed", "kept_map", "version")

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **options: Any,
    ) -> Any:
        """Return the form of the lane's kind."""
        options["form"] = lane_form(_shape(request, obj))
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of the lane's kind."""
        return fieldsets_of(_shape(request, obj))

    def get_urls(self) -> list[URLPattern]:
        """Add the page that lets a lane prove its settings."""
        test = path(
            "<path:object_id>/test/",
            self.admin_site.admin_view(self.test),
            name="governance_credentiallane_test",
        )
        return [test, *super().get_urls()]

    def links(self, row: Any) -> list[dict[str, object]]:
        """Add the test to a lane's page."""
        url = reverse("admin:governance_credentiallane_test", args=[quote(row.pk)])
        tests = [{"url": url, "label": _("Test this lane"), "is_dangerous": False}]
        return [*super().links(row), *(tests if row.kind != "none" else [])]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask for the kind first: it decides what else has to be said."""
        if request.method == "GET" and request.GET.get("kind") not in _KINDS:
            return self._choose(request)
        return super().add_view(request, form_url, extra_context)

    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what a test does; on a POST, do it and say what came out."""
        lane = self.get_object(request, unquote(object_id))
        if lane is None or not self.has_view_permission(request, lane):
            raise Http404
        proofs = None
        if request.method == "POST":
            proofs = prove(lane, **now_and_by(request))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test this lane"),
            "opts": self.opts,
            "original": lane,
            "proofs": proofs,
            "back": self.page_of(lane),
            "at": timezone.now(),
        }
        return TemplateResponse(request, "admin/governance/lane_test.html", context)

    @admin.display(description=_("secret"))
    def secret_state(self, lane: CredentialLane) -> str:
        """Return whether there is a secret, and since when."""
        if lane.secret_set_at is None:
            return str(_("none needed") if lane.kind == "none" else _("not set"))
        return _("set on %(day)s, fingerprint %(digits)s…") % {
            "day": date_format(lane.secret_set_at, "d F Y"),
            "digits": lane.secret_fingerprint[:4],
        }

    @admin.display(description=_("narrowed by"))
    def narrowed(self, lane: CredentialLane) -> str:
        """Return by which parts of the scope each credential is narrowed."""
        if lane.pk is None:
            return str(_("once it is saved"))
        names = sorted(placeholders(lane.narrowing))
        return ", ".join(f"{{{name}}}" for name in names) or str(
            _("not narrowed by scope")
        )

    @admin.display(description=_("asked for, for each call"))
    def kept_map(self, lane: CredentialLane) -> str:
        """Return a map that no form can say, and where it is changed."""
        return format_html(
            "<p>{}</p><pre>{}</pre>",
            _(
                "This says more than the fields of a form can. Change it in the"
                " configuration file (dump_routes, load_routes); what is saved here"
                " leaves it as it is."
            ),
            yaml.safe_dump(lane.narrowing, allow_unicode=True),
        )

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it; replace the secret if one was typed."""
        services.save_lane(row, secret=cleaned["secret"], **now_and_by(request))

    def _choose(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add a credential lane"),
            "opts": self.opts,
            "original": "Add",
            "back": reverse("admin:governance_credentiallane_changelist"),
            "kinds": CredentialLane.Kind.choices,
        }
        return TemplateResponse(request, "admin/governance/lane_kind.html", context)


def _shape(request: HttpRequest, lane: CredentialLane | None) -> MapShape:
    return MapShape.of(_kind(request, lane), lane, request.POST)


def _kind(request: HttpRequest, lane: CredentialLane | None) -> str:
    """Return the kind of a stored lane, or the one that was chosen for a new one."""
    if lane is not None:
        return lane.kind
    asked = request.POST.get("kind") or request.GET.get("kind") or ""
    return asked if asked in _KINDS else CredentialLane.Kind.STATIC
