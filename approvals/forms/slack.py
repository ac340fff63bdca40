"""The forms of a Slack workspace and of its channels; secrets go in, never out."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.models import SlackChannel, SlackWorkspace
from approvals.services.slack.workspaces import (
    channel_problems,
    signing_problems,
    token_problems,
    workspace_problems,
)
from governance.forms.saving import ConfigurationForm
from governance.models import Tenant
from governance.refusals import Problems

_KEEPS = _("Write-only. Empty: it stays as it is.")


def _secret(label: Any) -> forms.CharField:
    return forms.CharField(
        required=False,
        label=label,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_KEEPS,
    )


class WorkspaceForm(ConfigurationForm):
    """Which app in which workspace, with its two secrets."""

    fixed = ("tenant",)

    token = _secret(_("Bot token"))
    signing_secret = _secret(_("Signing secret"))

    class Meta:
        model = SlackWorkspace
        fields: ClassVar = ("tenant", "app_id", "team_id", "enterprise_id")
        help_texts: ClassVar = {
            "app_id": _("Basic Information, App ID: A…"),
            "team_id": _("The T… in the address of Slack in a browser."),
            "enterprise_id": _("Enterprise Grid only: E…"),
        }

    def problems(self) -> Problems:
        """Judge the ids, and the secrets that were typed."""
        token = self.cleaned_data["token"]
        secret = self.cleaned_data["signing_secret"]
        return {
            **workspace_problems(self.instance),
            "token": token_problems(token) if token else [],
            "signing_secret": signing_problems(secret) if secret else [],
        }


class ChannelForm(ConfigurationForm):
    """In which channel a group is asked."""

    fixed = ("group",)

    class Meta:
        model = SlackChannel
        fields: ClassVar = ("group", "channel_id")
        help_texts: ClassVar = {
            "channel_id": _("The channel's details, at the bottom: C…. Empty: none."),
        }

    @property
    def tenant(self) -> Tenant | None:
        """The tenant of its group."""
        return self.instance.group.tenant if self.instance.group_id else None

    def problems(self) -> Problems:
        """Judge the id."""
        return channel_problems(self.instance)
