"""Slack: a tenant's workspace, its groups' channels, and who is whom there."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from approvals.forms.slack import ChannelForm, WorkspaceForm
from approvals.models import SlackChannel, SlackLink, SlackWorkspace
from approvals.services.slack.installing import save_workspace
from approvals.services.slack.links import end_link
from approvals.services.slack.workspaces import (
    pause_workspace,
    replace_signing_secret,
    replace_token,
    resume_workspace,
    save_channel,
)
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by
from governance.admin.buttons import Button, ButtonsAdmin


@admin.register(SlackWorkspace)
class SlackWorkspaceAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Workspaces; what is secret goes in and never comes out."""

    form = WorkspaceForm
    list_display = ("team_id", "tenant", "app_id", "secrets", "suspended_at")
    list_select_related = ("tenant",)
    readonly_fields = ("secrets", "previous_until", "suspended_at")
    fieldsets = (
        (None, {"fields": ("tenant", "app_id", "team_id", "enterprise_id")}),
        (
            _("Secrets"),
            {
                "fields": ("secrets", "token", "signing_secret", "previous_until"),
                "description": _(
                    "After a new signing secret the last one counts for 24 hours."
                ),
            },
        ),
        (_("State"), {"fields": ("suspended_at",)}),
    )
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="pause",
            label=_("Pause"),
            question=_("Send nothing to {row}, and believe nothing from there?"),
            run=pause_workspace,
            shown=lambda workspace: workspace.suspended_at is None,
            is_dangerous=True,
        ),
        Button(
            name="resume",
            label=_("Resume"),
            question=_("Use {row} again?"),
            run=resume_workspace,
            shown=lambda workspace: workspace.suspended_at is not None,
        ),
    )

    @admin.display(description=_("secrets"))
    def secrets(self, workspace: SlackWorkspace) -> str:
        """Return which of the two are there."""
        token = "set" if workspace.sealed_token else "not set"
        signing = "set" if workspace.sealed_secret else "not set"
        return f"bot token {token}, signing secret {signing}"

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it; replace the secrets that were typed."""
        told = now_and_by(request)
        save_workspace(row, **told)
        if cleaned["token"]:
            replace_token(row, cleaned["token"], **told)
        if cleaned["signing_secret"]:
            replace_signing_secret(row, cleaned["signing_secret"], **told)


@admin.register(SlackChannel)
class SlackChannelAdmin(ConfigurationAdmin):
    """In which channel a group is asked."""

    tenant_path = "group__tenant"
    form = ChannelForm
    list_display = ("group", "channel_id")
    list_select_related = ("group",)
    fields = ("group", "channel_id")

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it."""
        save_channel(row, **now_and_by(request))


@admin.register(SlackLink)
class SlackLinkAdmin(ButtonsAdmin):
    """Who linked which Slack user; an admin can end a link, and make none."""

    tenant_path = "workspace__tenant"
    list_display = ("person", "slack_user", "workspace", "linked_at", "ended_at")
    list_select_related = ("person", "workspace")
    search_fields = ("person__username", "slack_user")
    fields = (
        *("person", "workspace", "slack_user", "created_at", "linked_at"),
        *("ended_at", "error_code"),
    )
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="end",
            label=_("End the link"),
            question=_("End it, so that {row} no more?"),
            run=end_link,
            shown=lambda link: link.ended_at is None,
            is_dangerous=True,
        ),
    )
