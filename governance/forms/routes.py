"""Forms for backends and routes."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import JsonObjectField, LinesField
from governance.forms.saving import ConfigurationForm
from governance.models import (
    Agent,
    Backend,
    Route,
    RouteVersion,
    Tenant,
)
from governance.publishing import NAMED_FIELDS, PLAIN_FIELDS
from governance.refusals import Problems, merged
from governance.refusals.backends import backend_problems
from governance.refusals.routes import version_problems
from governance.refusals.tools import tool_problems
from governance.services.routes import open_draft_of


class BackendForm(ConfigurationForm):
    """A backend."""

    fixed = ("tenant", "name", "kind")

    allowed_cidrs = LinesField(
        required=False,
        label=_("Private addresses that may be reached"),
        help_text=_("Networks such as 10.1.2.0/24, one a line. Empty: public only."),
    )

    class Meta:
        model = Backend
        fields: ClassVar = (
            "tenant",
            "name",
            "kind",
            "base_url",
            "allowed_cidrs",
            "timeout_seconds",
            "max_response_bytes",
            "max_concurrent",
            "ca_pem",
        )
        labels: ClassVar = {
            "timeout_seconds": _("Seconds to wait for an answer"),
            "max_response_bytes": _("Largest answer, in bytes"),
        }

    def problems(self) -> Problems:
        """Judge where it is."""
        return backend_problems(self.instance)


class RouteForm(ConfigurationForm):
    """The name of a tool; what it does is in its versions."""

    fixed = ("tenant", "tool")

    class Meta:
        model = Route
        fields: ClassVar = ("tenant", "tool")

    def problems(self) -> Problems:
        """Judge the name of a new one."""
        if self.instance.pk:
            return {}
        others = Route.objects.filter(tenant=self.instance.tenant)
        tools = others.values_list("tool", flat=True)
        return {"tool": tool_problems(self.instance.tool, others=tools)}


class RouteVersionForm(ConfigurationForm):
    """A draft of a route."""

    fixed = ("route",)
    hides_constraints = True

    arguments_schema = JsonObjectField(
        help_text=_(
            "JSON Schema 2020-12: an object with"
            ' "additionalProperties": false at its top.'
        )
    )
    mapping = JsonObjectField(
        label=_("Request mapping"),
        help_text='{"method": "POST", "path": "/repos/{repo}/comments",'
        ' "query": {}, "headers": {}, "body": {"body": "{body}"}}; of an MCP server:'
        ' {"tool": "create_comment", "arguments": {"text": "{body}"}}',
    )
    plain_parameters = LinesField(
        required=False,
        label=_("Arguments that are plain data"),
        help_text=_(
            "Names that sound like a destination or a power and are none, one a"
            " line. What stands here is recorded."
        ),
    )
    in_messages = LinesField(
        required=False,
        label=_("Arguments that may appear in mail and Slack"),
        help_text=_("One a line. Everything else is shown on the review page only."),
    )

    class Meta:
        model = RouteVersion
        fields: ClassVar = ("route", *PLAIN_FIELDS, *NAMED_FIELDS)
        labels: ClassVar = {
            "decide_within_seconds": _("Seconds to decide"),
            "execute_within_seconds": _("Seconds to run it once approved"),
            "max_uses": _("Runs for each approval"),
            "replay_seconds": _("Seconds of replay"),
            "payload_seconds": _("Seconds that contents are kept"),
        }
        help_texts: ClassVar = {
            "scope_template": _("What is acted on: repo:{repo}/pull:{pull}"),
            "summary_template": _(
                "The sentence that approvers read: Comment on #{pull} of {repo}"
            ),
            "separation": _(
                "Usual for privileged routes: strict, 3600 seconds to decide,"
                " 900 to execute."
            ),
            "approve_in_slack": _(
                "For writes. Only linked people can, and only where"
                " every argument fits into the message."
            ),
            "max_uses": _("1, unless one yes may stand for several equal calls."),
            "replay_seconds": _(
                "So long an equal call gets the same outcome again and runs nothing."
            ),
            "payload_seconds": _(
                "Then arguments and results are deleted; digests stay."
            ),
            "quorum": _("How many different people have to say yes."),
            "justification": _(
                "Needed where a write asks nobody, or borrows a shared credential."
            ),
        }

    @property
    def tenant(self) -> Tenant | None:
        """The tenant of its route."""
        return self.instance.route.tenant if self.instance.route_id else None

    def problems(self) -> Problems:
        """Judge everything but whether enough people could approve."""
        return merged(version_problems(self.instance), {"route": self._drafted()})

    def _drafted(self) -> list[str]:
        version: RouteVersion = self.instance
        draft = None if version.pk else open_draft_of(version.route)
        if draft is None:
            return []
        page = reverse("admin:governance_routeversion_change", args=[draft.pk])
        link = format_html('<a href="{}">{}</a>', page, draft)
        said = str(_("This route has an open draft: {link}. Edit that one."))
        return [format_html(said, link=link)]


class TryForm(forms.Form):
    """Example arguments, and for whom."""

    version = forms.ModelChoiceField(RouteVersion.objects.none(), empty_label=None)
    agent = forms.ModelChoiceField(Agent.objects.none(), required=False)
    args = JsonObjectField(label=_("Arguments"))

    def __init__(self, *args: Any, route: Route, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = RouteVersion.objects.filter(route=route)
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]
        agents = Agent.objects.filter(tenant=route.tenant_id)
        self.fields["agent"].queryset = agents  # type: ignore[attr-defined]
