"""Forms of imports: a document, a command, and a draft to be completed."""

from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from governance import scoping
from governance.access import PersonRequest
from governance.forms.fields import LinesField
from governance.forms.routes import RouteVersionForm
from governance.models import (
    ApproverGroup,
    Backend,
    CredentialLane,
    ImportedDraft,
    Route,
    RouteVersion,
    Tenant,
    Toolset,
)
from governance.publishing import NAMED_FIELDS, PLAIN_FIELDS
from governance.refusals import Problems, merged
from governance.refusals.routes import version_problems
from governance.refusals.tools import tool_problems
from governance.services import unsettled

MAX_UPLOAD_BYTES: Final = 240_000


class UploadForm(forms.Form):
    """An OpenAPI document, and the backend that its calls go to."""

    backend = forms.ModelChoiceField(Backend.objects.none())
    document = forms.FileField(
        help_text=_(
            "OpenAPI 3.0 or 3.1, JSON or YAML, up to 240 kB; larger ones are"
            " imported by manage.py import_openapi. Nothing that it refers to is"
            " fetched; its servers and security schemes are not looked at."
        ),
    )

    def __init__(self, *args: Any, request: PersonRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Backend.objects.filter(kind=Backend.Kind.HTTP).select_related("tenant")
        _choose(self, "backend", scoping.choices(rows, request))

    def clean_document(self) -> bytes:
        """Return the document's bytes."""
        upload = self.cleaned_data["document"]
        if upload.size > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(_("It has more than 240,000 bytes."))
        return bytes(upload.read())


class DiscoverForm(forms.Form):
    """The lane on which an upstream's tools are listed."""

    lane = forms.ModelChoiceField(
        CredentialLane.objects.none(),
        help_text=_(
            "Listing is a call like any other, of a read: its lane can only read."
            " The tools are compared on it every five minutes from now on."
        ),
    )

    def __init__(self, *args: Any, backend: Backend, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lanes = CredentialLane.objects.filter(tenant=backend.tenant_id)
        _choose(self, "lane", lanes.select_related("tenant"))


class _Unshown(forms.Textarea):
    """A text that is taken and never given back: it may hold a secret."""

    def format_value(self, value: Any) -> str:
        """Show nothing, also where the form comes back with a mistake."""
        return ""


class CurlForm(forms.Form):
    """A command, and what its route needs besides."""

    tenant = forms.ModelChoiceField(Tenant.objects.none(), empty_label=None)
    command = forms.CharField(
        label=_("curl command"),
        max_length=100_000,
        strip=False,
        widget=_Unshown(
            attrs={
                "rows": 10,
                "spellcheck": "false",
                "autocomplete": "off",
                "class": "vLargeTextField json",
            }
        ),
        help_text=_(
            "As an API's manual shows it, or as a browser copies it for bash. The"
            " credential in it is sealed at once and never shown again; if something is"
            " wrong, paste it again."
        ),
    )
    tool = forms.CharField(
        required=False,
        max_length=64,
        label=_("Name of the tool"),
        help_text=_(
            "Such as github.comment_pr. Empty: made from the host and the path."
        ),
    )
    group = forms.ModelChoiceField(
        ApproverGroup.objects.none(),
        required=False,
        label=_("Who has to say yes"),
        help_text=_("Empty: nobody, if it only reads."),
    )
    justification = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "For whatever changes something: why it may use the stored, shared"
            " credential of the command."
        ),
    )
    toolset = forms.ModelChoiceField(
        Toolset.objects.none(),
        required=False,
        label=_("Toolset that gets the tool"),
        help_text=_("Its agents may ask for the tool once it is published."),
    )
    allowed_cidrs = LinesField(
        required=False,
        label=_("Private addresses that may be reached"),
        help_text=_(
            "Of a new backend: networks such as 10.1.2.0/24, one a line. Empty:"
            " public only."
        ),
    )

    def __init__(self, *args: Any, request: PersonRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (
            ("tenant", Tenant.objects.all()),
            ("group", ApproverGroup.objects.all()),
            ("toolset", Toolset.objects.all()),
        ):
            _choose(self, name, scoping.choices(rows, request))

    def clean(self) -> dict[str, Any]:
        """Keep to one tenant."""
        cleaned = dict(super().clean() or {})
        for name in ("group", "toolset"):
            row = cleaned.get(name)
            if row is not None and row.tenant != cleaned.get("tenant"):
                self.add_error(
                    name, _("%(row)s belongs to another tenant.") % {"row": row}
                )
        return cleaned


class CompleteForm(RouteVersionForm):
    """An imported draft, as a route's version that an admin completes."""

    fixed = ("backend",)

    # Set by the view on a subclass of its own for each request.
    draft: ClassVar[ImportedDraft]

    tool = forms.CharField(max_length=64, label=_("Name of the tool"))
    toolset = forms.ModelChoiceField(
        Toolset.objects.all(), required=False, label=_("Toolset that gets the tool")
    )

    class Meta(RouteVersionForm.Meta):
        fields: ClassVar = ("title", "tool", *PLAIN_FIELDS[1:], *NAMED_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["backend"].disabled = True
        self.fields["tool"].initial = self.draft.tool
        self.fields["tool"].disabled = self.draft.route is not None
        self.order_fields(_ORDER)

    @property
    def tenant(self) -> Tenant | None:
        """The draft's."""
        return self.draft.tenant

    def problems(self) -> Problems:
        """Judge it as any draft, and what the import could not settle."""
        version: RouteVersion = self.instance
        others = Route.objects.filter(tenant=self.draft.tenant)
        tools = others.values_list("tool", flat=True)
        name = self.cleaned_data["tool"]
        new = self.draft.route is None
        return merged(
            version_problems(version),
            unsettled(self.draft, version),
            {"tool": tool_problems(name, others=tools) if new else []},
        )


_ORDER: Final = (
    *("tool", "title", "description", "backend", "lane", "risk", "reversible"),
    *("scope_template", "summary_template", "arguments_schema", "plain_parameters"),
    *("mapping", "approval_rule", "group", "quorum", "separation", "justification"),
    *("fallback_group", "justification_required", "toolset"),
)


def _choose(form: forms.Form, name: str, rows: Any) -> None:
    form.fields[name].queryset = rows  # type: ignore[attr-defined]
