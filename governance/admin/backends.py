"""Backends and credential lanes."""

from typing import Any

from django.contrib import admin
from django.urls import reverse

from governance import services
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by
from governance.admin.buttons import ButtonsAdmin
from governance.admin.switches import SWITCHES
from governance.forms.routes import BackendForm, LaneForm
from governance.models import Backend, CredentialLane


@admin.register(Backend)
class BackendAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Backends."""

    form = BackendForm
    buttons = SWITCHES
    list_display = ("name", "tenant", "kind", "base_url", "suspended_at")
    list_select_related = ("tenant",)
    readonly_fields = ("suspended_at", "version")
    fieldsets = (
        (None, {"fields": ("tenant", "name", "kind")}),
        (
            "Where it is",
            {
                "fields": ("base_url", "allowed_cidrs", "ca_pem"),
                "description": "Changing it ends what waits for an approval, and what"
                " was approved and not used, on every route to it.",
            },
        ),
        (
            "Limits",
            {"fields": ("timeout_seconds", "max_response_bytes", "max_concurrent")},
        ),
        ("State", {"fields": ("suspended_at", "version")}),
    )

    def links(self, row: Any) -> list[dict[str, object]]:
        """Lead to the page that lists the tools of an MCP server."""
        page = "admin:governance_importeddraft_tools"
        own: list[dict[str, object]] = []
        if row.kind == Backend.Kind.MCP:
            url = reverse(page, args=[row.pk])
            own.append({"url": url, "label": "Discover tools"})
        return [*own, *super().links(row)]

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it."""
        services.save_backend(row, **now_and_by(request))


@admin.register(CredentialLane)
class CredentialLaneAdmin(ConfigurationAdmin):
    """Credential lanes; what is secret goes in and never comes out."""

    form = LaneForm
    list_display = ("name", "tenant", "kind", "privilege", "secret_state")
    list_select_related = ("tenant",)
    readonly_fields = ("secret_state", "version")
    fieldsets = (
        (None, {"fields": ("tenant", "name", "kind", "privilege")}),
        (
            "Where the credential goes",
            {
                "fields": ("place", "header"),
                "description": "Changing this or the privilege ends what waits or was"
                " approved on the lane's routes. Replacing the secret ends nothing.",
            },
        ),
        ("Secret", {"fields": ("secret_state", "secret", "version")}),
    )

    @admin.display(description="secret")
    def secret_state(self, lane: CredentialLane) -> str:
        """Return whether there is a secret, and since when."""
        if lane.secret_set_at is None:
            return "none needed" if lane.kind == "none" else "not set"
        return (
            f"set on {lane.secret_set_at:%d %B %Y},"
            f" fingerprint {lane.secret_fingerprint[:4]}…"
        )

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it; replace the secret if one was typed."""
        told = now_and_by(request)
        services.save_lane(row, **told)
        if cleaned["secret"]:
            services.replace_secret(row, cleaned["secret"], **told)
