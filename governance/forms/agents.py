"""Forms for agents and toolsets."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.forms.entries import entries_from, lines_of
from governance.forms.fields import LinesField
from governance.forms.saving import ConfigurationForm
from governance.models import Agent, Toolset
from governance.refusals import Problems, Refused
from governance.services import entries_of
from governance.services.toolsets import entry_problems


class AgentForm(ConfigurationForm):
    """An agent, who answers for it, and what it may ask for."""

    class Meta:
        model = Agent
        fields: ClassVar = ("tenant", "name", "owner", "toolsets")
        widgets: ClassVar = {"toolsets": forms.CheckboxSelectMultiple}
        help_texts: ClassVar = {
            "owner": _(
                "The person who answers for it; she never approves its calls,"
                " but where a route says “confirm”."
            ),
        }


class ToolsetForm(ConfigurationForm):
    """A toolset as lines."""

    entries = LinesField(
        required=False,
        label=_("Tools"),
        help_text=_(
            "One tool a line, then the scopes that it is granted on, if not all:"
            " github.comment_pr repo:payments-*/pull:*"
        ),
    )

    class Meta:
        model = Toolset
        fields: ClassVar = ("tenant", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["entries"].initial = lines_of(entries_of(self.instance))

    def problems(self) -> Problems:
        """Look the tools up, and judge the patterns."""
        lines = self.cleaned_data["entries"]
        try:
            entries = entries_from(lines, tenant=self.instance.tenant)
        except Refused as error:
            return error.fields
        self.cleaned_data["entries"] = entries
        return entry_problems(self.instance, entries)


class KeyForm(forms.Form):
    """When a new key ends."""

    expires_at = forms.DateTimeField(
        required=False,
        label=_("Expires"),
        help_text=_("In UTC, as in 2027-01-31 12:00. Empty: until it is revoked."),
        widget=forms.DateTimeInput(attrs={"placeholder": "YYYY-MM-DD HH:MM"}),
    )

    def clean_expires_at(self) -> Any:
        """Refuse what is over already."""
        ends = self.cleaned_data["expires_at"]
        if ends is not None and ends <= timezone.now():
            raise forms.ValidationError(_("This lies in the past."))
        return ends
