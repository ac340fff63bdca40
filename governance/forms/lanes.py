"""Forms for credential lanes: one for each kind, with that kind's own fields.

A secret goes in and never comes out, not even back to whoever typed it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import LinesField
from governance.forms.lanemaps import Fieldset, MapForm, MapShape
from governance.lanekinds import CIDRS, KINDS, SHARED, Setting
from governance.models import CredentialLane
from governance.refusals import Problems
from governance.refusals.lanes import SCHEMES, secret_problems
from governance.services.lanes import lane_problems

_HEADER: Final = "header"
_WRITE_ONLY: Final = _("Write-only. Empty: it stays as it is.")
_BASICS: Final = ("tenant", "name", "kind", "privilege")
_NO_HEADER: Final = _(
    "The credential goes into Authorization, not into a header of this name: choose “a"
    " header of its own” above, or empty this."
)


class SecretText(forms.Textarea):
    """A text that is typed or pasted, and never shown again."""

    def format_value(self, value: Any) -> str | None:
        """Show nothing, also after a mistake elsewhere in the form."""
        return None


class LaneForm(MapForm):
    """What the forms of all kinds share."""

    fixed = ("tenant", "name", "kind")
    lane_kind: ClassVar[str] = "static"

    class Meta:
        model = CredentialLane
        fields: ClassVar = (*_BASICS, "max_seconds", "reuse_seconds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = CredentialLane.Kind(self.lane_kind)
        self.fields["kind"].choices = [(chosen.value, chosen.label)]  # type: ignore[attr-defined]
        self.fields["kind"].initial = chosen.value
        if self.instance.pk:
            self._show(self.instance)

    def problems(self) -> Problems:
        """Judge the lane, and the secret if one was typed."""
        lane, secret = self.instance, self.secret()
        lane.placement, lane.settings = self._placement(), self._settings()
        mapped = self.map_problems()
        lane.narrowing = self.typed_map()
        found = lane_problems(lane)
        return {
            **self._placement_problems(found.pop("placement", [])),
            **found,
            **mapped,
            "secret": (
                secret_problems(lane.kind, secret, lane.settings) if secret else []
            ),
        }

    def secret(self) -> str:
        """Return what was typed; a browser ends the lines of a key in its own way."""
        typed = str(self.cleaned_data.get("secret", ""))
        return typed.replace("\r\n", "\n").strip() + "\n" if "\n" in typed else typed

    def _show(self, lane: CredentialLane) -> None:
        """Put what a stored lane says into the fields that are not the model's."""
        placed = lane.placement
        shown = {
            **lane.settings,
            "place": _HEADER if placed.get("in") == _HEADER else placed.get("scheme"),
            "header": placed.get("name", ""),
            "sign_service": placed.get("service", ""),
            "sign_region": placed.get("region", ""),
        }
        for name, value in shown.items():
            if name in self.fields:
                self.fields[name].initial = value

    def _placement_problems(self, found: list[str]) -> Problems:
        """Tell what is wrong with the placement where it was chosen or typed."""
        if self.lane_kind == "aws_sts":
            return {"sign_service": found}
        typed = self.cleaned_data
        if typed.get("place") == _HEADER:
            return {"header": found}
        # It would be dropped, and whoever typed it think that it counts.
        return {
            "place": found,
            "header": [str(_NO_HEADER)] if typed.get("header") else [],
        }

    def _placement(self) -> dict[str, str]:
        typed = self.cleaned_data
        if self.lane_kind == "aws_sts":
            signing = {"service": typed["sign_service"], "region": typed["sign_region"]}
            return {"in": "sigv4", **signing}
        place = typed.get("place", "")
        if place == _HEADER:
            return {"in": "header", "name": typed["header"]}
        return {"in": "authorization", "scheme": place} if place else {}

    def _settings(self) -> dict[str, Any]:
        kind = KINDS.get(self.lane_kind)
        if kind is None:
            return {}
        names = [*(each.name for each in kind.settings), CIDRS]
        typed = {name: self.cleaned_data.get(name) for name in names}
        return {name: value for name, value in typed.items() if value}


@cache
def lane_form(shape: MapShape) -> type[LaneForm]:
    """Return the form of a kind of lane, for maps of a shape."""
    members = {"lane_kind": shape.kind, "map_shape": shape, **_fields_of(shape)}
    return type("LaneForm", (LaneForm,), members)


def fieldsets_of(shape: MapShape) -> list[Fieldset]:
    """Return how the fields of a kind stand on the page."""
    kind = shape.kind
    basics: Fieldset = (None, {"fields": _BASICS})
    if kind == "none":
        return [basics, (_("State"), {"fields": ("version",)})]
    secret = (_("Secret"), {"fields": ("secret_state", "secret", "version")})
    placing = ("sign_service", "sign_region")
    where = (
        _("Where the credential goes"),
        {
            "fields": placing if kind == "aws_sts" else ("place", "header"),
            "description": _CHANGING,
        },
    )
    if kind in SHARED:
        return [basics, where, secret]
    names = tuple(each.name for each in KINDS[kind].settings)
    asked = {"fields": (*names, CIDRS), "description": _ABOUT[kind]}
    return [
        basics,
        (_("Who lends it"), asked),
        *shape.fieldsets(),
        where,
        secret,
    ]


def _fields_of(shape: MapShape) -> Mapping[str, forms.Field]:
    kind = shape.kind
    if kind == "none":
        return {"secret": forms.CharField(required=False, widget=forms.HiddenInput)}
    if kind in SHARED:
        return {**_place_fields(SCHEMES), "secret": _secret(_("Secret"), is_text=False)}
    known = KINDS[kind]
    return {
        **{each.name: _setting(each) for each in known.settings},
        CIDRS: LinesField(
            required=False,
            label=_("Private addresses of the issuer that may be reached"),
            help_text=_(
                "Networks such as 10.1.2.0/24, one a line. Empty: public only."
            ),
        ),
        **shape.fields(),
        **(_signing_fields() if kind == "aws_sts" else _place_fields(known.schemes)),
        "secret": _secret(_(known.secret_label), is_text=kind != "aws_sts"),
    }


def _setting(setting: Setting) -> forms.Field:
    # Whether it is needed is said by the same sentence as in a file: see `problems`.
    if setting.choices:
        return forms.ChoiceField(
            label=_(setting.label),
            choices=[(value, _(words)) for value, words in setting.choices],
            initial=setting.usual,
        )
    widget = forms.Textarea if setting.name == "ca_pem" else forms.TextInput
    attrs = {"class": "vTextField", "spellcheck": "false"}
    if setting.name == "ca_pem":
        attrs |= {"rows": "3", "class": "vLargeTextField"}
    return forms.CharField(
        label=_(setting.label),
        help_text=_(setting.help),
        initial=setting.usual,
        required=False,
        widget=widget(attrs=attrs),
    )


def _secret(label: Any, *, is_text: bool) -> forms.Field:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    widget: forms.Widget = forms.PasswordInput(attrs=attrs)
    if is_text:
        widget = SecretText(attrs={**attrs, "rows": "6", "class": "vLargeTextField"})
    return forms.CharField(
        required=False, strip=False, label=label, widget=widget, help_text=_WRITE_ONLY
    )


def _place_fields(schemes: tuple[str, ...]) -> dict[str, forms.Field]:
    return {
        "place": forms.ChoiceField(
            label=_("Where the credential goes"),
            choices=[
                *((scheme, f"Authorization: {scheme} …") for scheme in schemes),
                (_HEADER, _("a header of its own, named below")),
            ],
        ),
        "header": forms.CharField(required=False, help_text=_("Such as X-Api-Key.")),
    }


def _signing_fields() -> dict[str, forms.Field]:
    return {
        "sign_service": forms.CharField(
            required=False,
            label=_("Service"),
            help_text=_("The AWS service that requests are signed for, as in logs."),
        ),
        "sign_region": forms.CharField(
            required=False,
            label=_("Region"),
            help_text=_("The region of that service, as in eu-central-1."),
        ),
    }


_CHANGING: Final = _(
    "Changing anything but the secret ends what waits or was approved on the lane's"
    " routes. Replacing the secret ends nothing."
)
_ABOUT: Final = {
    "github_app": _(
        "A token of a GitHub App, made for one call and deleted after it."
        " The app needs no more permissions than its routes do."
    ),
    "aws_sts": _(
        "A session of an AWS role for 15 minutes, under the policy below."
        " It can't be revoked; the record says until when it works. The role's trust"
        " policy has to allow sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession."
    ),
    "oauth_client": _(
        "An access token by client credentials, for the scope below, and"
        " revoked after the call."
    ),
}
