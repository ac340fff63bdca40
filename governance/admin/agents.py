"""Agents, their keys and their toolsets."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from governance import services
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, LookOnlyAdmin, now_and_by, posted
from governance.admin.buttons import Button, ButtonsAdmin
from governance.admin.switches import SWITCHES
from governance.forms.agents import AgentForm, KeyForm, ToolsetForm
from governance.models import Agent, AgentKey, AgentSession, Toolset
from governance.refusals import Refused


@admin.register(Agent)
class AgentAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Agents."""

    form = AgentForm
    buttons = SWITCHES
    list_display = ("name", "tenant", "owner", "suspended_at")
    list_select_related = ("tenant", "owner")
    readonly_fields = ("suspended_at", "keys")
    fieldsets = (
        (None, {"fields": ("tenant", "name", "owner", "toolsets")}),
        (_("State"), {"fields": ("suspended_at", "keys")}),
    )

    @admin.display
    def keys(self, agent: Agent) -> str:
        """Return the agent's keys, in words."""
        return "; ".join(_told(key) for key in agent.keys.all()) or "none"

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it."""
        toolsets = list(cleaned["toolsets"])
        services.save_agent(row, toolsets=toolsets, **now_and_by(request))

    def get_urls(self) -> list[URLPattern]:
        """Add the page that issues a key."""
        view = self.admin_site.admin_view(self.issue_key)
        own = path("<int:pk>/key/", view, name="governance_agent_key")
        return [own, *super().get_urls()]

    def links(self, row: Any) -> list[dict[str, object]]:
        """Add the ways to that page and to the keys there are."""
        issue = reverse("admin:governance_agent_key", args=[row.pk])
        keys = reverse("admin:governance_agentkey_changelist")
        return [
            {"url": issue, "label": _("Issue a key")},
            {"url": f"{keys}?agent__id__exact={row.pk}", "label": _("Keys")},
            *super().links(row),
        ]

    def issue_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue a key and show it: in the answer to this POST and never again."""
        agent = self.get_object(request, str(pk))
        if agent is None:
            raise Http404
        form = KeyForm(posted(request))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Issue a key for %(agent)s") % {"agent": agent},
            "opts": self.opts,
            "original": agent,
            "form": form,
            "back": self.page_of(agent),
        }
        if request.method == "POST" and form.is_valid():
            ends = form.cleaned_data["expires_at"]
            try:
                issued = services.issue_key(
                    agent, expires_at=ends, **now_and_by(request)
                )
            except Refused as error:
                form.add_error(None, error.sentences())
            else:
                context["secret"] = issued[1]
                return TemplateResponse(request, "admin/governance/key.html", context)
        return TemplateResponse(request, "admin/governance/form.html", context)


@admin.register(AgentKey)
class AgentKeyAdmin(ButtonsAdmin):
    """Keys: made on the agent's page, revoked here."""

    tenant_path = "agent__tenant"
    list_display = ("__str__", "agent", "created_at", "expires_at", "revoked_at")
    list_filter: ClassVar = (("agent", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("agent",)
    fields = (
        "agent",
        "key_id",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    buttons: ClassVar = (
        Button(
            name="revoke",
            label=_("Revoke"),
            question=_("Revoke {row}? Whoever holds it is refused from now on."),
            run=services.revoke_key,
            shown=lambda key: key.revoked_at is None,
            is_dangerous=True,
        ),
    )


@admin.register(AgentSession)
class AgentSessionAdmin(LookOnlyAdmin):
    """Sessions, to look at."""

    tenant_path = "agent__tenant"
    list_display = ("id", "agent", "label", "created_at", "last_used_at", "ended_at")
    list_select_related = ("agent",)


@admin.register(Toolset)
class ToolsetAdmin(ConfigurationAdmin):
    """Toolsets."""

    form = ToolsetForm
    list_display = ("name", "tenant", "tools")
    list_select_related = ("tenant",)
    fields = ("tenant", "name", "entries")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the tools along."""
        return super().get_queryset(request).prefetch_related("entries__route")

    @admin.display
    def tools(self, toolset: Toolset) -> str:
        """Return the tools' names."""
        return ", ".join(entry.route.tool for entry in toolset.entries.all())

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Make its entries these."""
        services.save_toolset(row, entries=cleaned["entries"], **now_and_by(request))


def _told(key: AgentKey) -> str:
    if key.revoked_at:
        state = f"revoked {key.revoked_at:%d %B %Y}"
    elif key.expires_at:
        state = f"expires {key.expires_at:%d %B %Y %H:%M} UTC"
    else:
        state = "no expiry"
    used = (
        f"last used {key.last_used_at:%d %B %Y}" if key.last_used_at else "never used"
    )
    return f"{key} ({state}, {used})"
