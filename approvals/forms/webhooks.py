"""The form of a webhook."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.channels.notes import CHOSEN
from approvals.models import Webhook
from approvals.services.webhooks import webhook_problems
from governance.forms.fields import LinesField
from governance.forms.saving import ConfigurationForm
from governance.refusals import Problems


class WebhookForm(ConfigurationForm):
    """Where it goes, and what it is told of."""

    allowed_cidrs = LinesField(
        required=False,
        label=_("Private addresses that may be reached"),
        help_text=_("Networks such as 10.1.2.0/24, one a line. Empty: public only."),
    )
    events = forms.MultipleChoiceField(
        choices=[(each.value, each.label) for each in CHOSEN],
        initial=[each.value for each in CHOSEN],
        widget=forms.CheckboxSelectMultiple,
        label=_("Tell it when"),
    )

    class Meta:
        model = Webhook
        fields: ClassVar = ("tenant", "name", "url", "allowed_cidrs", "events")

    def problems(self) -> Problems:
        """Judge where it goes."""
        return webhook_problems(self.instance)
