"""Backends."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance import services
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by
from governance.admin.buttons import ButtonsAdmin
from governance.admin.switches import SWITCHES
from governance.forms.routes import BackendForm
from governance.models import Backend


@admin.register(Backend)
class BackendAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Backends."""

    looks_names_up = True
    form = BackendForm
    buttons = SWITCHES
    list_display = ("name", "tenant", "kind", "base_url", "suspended_at")
    list_select_related = ("tenant",)
    readonly_fields = ("suspended_at", "version")
    fieldsets = (
        (None, {"fields": ("tenant", "name", "kind")}),
        (
            _("Where it is"),
            {
                "fields": ("base_url", "allowed_cidrs", "ca_pem"),
                "description": _(
                    "Changing it ends what waits for an approval, and what"
                    " was approved and not used, on every route to it."
                ),
            },
        ),
        (
            _("Limits"),
            {"fields": ("timeout_seconds", "max_response_bytes", "max_concurrent")},
        ),
        (_("State"), {"fields": ("suspended_at", "version")}),
    )

    def links(self, row: Any) -> list[dict[str, object]]:
        """Lead to the page that lists the tools of an MCP server."""
        page = "admin:governance_importeddraft_tools"
        own: list[dict[str, object]] = []
        if row.kind == Backend.Kind.MCP:
            url = reverse(page, args=[row.pk])
            own.append({"url": url, "label": _("Discover tools")})
        return [*own, *super().links(row)]

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it."""
        services.save_backend(row, **now_and_by(request))
