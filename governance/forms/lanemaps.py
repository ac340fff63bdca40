"""What each credential may do, as fields: the map of a lane, for each kind its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from governance.forms.saving import ConfigurationForm
from governance.lanemaps import Mistakes, narrowing_of, placed, texts_of
from governance.lanemaps.aws import MAX_STATEMENTS, PARTS, statements_in
from governance.models import CredentialLane
from governance.refusals import Problems
from governance.services.lanes import map_problems

Fieldset = tuple[Any, dict[str, Any]]

_LEAST_STATEMENTS: Final = 2


@dataclass(frozen=True, slots=True)
class MapShape:
    """Which fields the map of a lane has.

    Without ``is_plain`` it has none: the map is shown, and changed in a file.
    """

    kind: str
    statements: int = 0
    is_plain: bool = True

    @classmethod
    def of(
        cls, kind: str, lane: CredentialLane | None, typed: Iterable[str]
    ) -> "MapShape":
        """Return the fields for a stored map, or for the names that were sent."""
        texts = texts_of(kind, lane.narrowing) if lane else {}
        if texts is None:
            return cls(kind, is_plain=False)
        if kind != "aws_sts":
            return cls(kind)
        # One more than there are: a browser without scripts adds none.
        wanted = max(_LEAST_STATEMENTS, statements_in(texts) + 1, statements_in(typed))
        return cls(kind, min(wanted, MAX_STATEMENTS))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(self.fields())

    def fields(self) -> dict[str, forms.Field]:
        """Return the fields, by name."""
        make = _FIELDS.get(self.kind)
        return make(self) if make and self.is_plain else {}

    def fieldsets(self) -> list[Fieldset]:
        """Return how they stand on the page."""
        limits = ("narrowed", "max_seconds", "reuse_seconds")
        names: tuple[str, ...] = ("kept_map",) if not self.is_plain else self.names
        if self.statements:
            names = ("policy_id",)
        whole = {"fields": (*names, *limits), "description": _NARROWING}
        return [
            (_("What each credential can do"), whole),
            *(_statement(number) for number in range(1, self.statements + 1)),
        ]


class MapForm(ConfigurationForm):
    """A form whose fields say the map of a lane."""

    map_shape: ClassVar[MapShape] = MapShape("static")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.narrowing if self.instance.pk else None
        for name, text in (texts_of(self.map_shape.kind, stored) or {}).items():
            if name in self.fields:
                self.fields[name].initial = text

    def clean(self) -> dict[str, Any]:
        """Read the map already here, so that all mistakes are told at once."""
        cleaned = super().clean() or self.cleaned_data
        try:
            self.typed_map()
        except Mistakes as error:
            self.refuse(error.found)
        return cleaned

    def typed_map(self) -> dict[str, Any]:
        """Return the map that was typed, or the stored one.  Raises Mistakes."""
        stored: dict[str, Any] = self.instance.narrowing
        names = self.map_shape.names
        if not names:
            return stored
        return narrowing_of(self.map_shape.kind, self._texts(names), was=stored)

    def map_problems(self) -> Problems:
        """Judge the map that was typed, each sentence at its field."""
        lane, names = self.instance, self.map_shape.names
        if not names:
            return {}
        return placed(
            lane.kind,
            self._texts(names),
            was=lane.narrowing,
            judge=lambda narrowing: map_problems(lane, narrowing),
        )

    def _texts(self, names: Iterable[str]) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in names}


def _github(_shape: MapShape) -> dict[str, forms.Field]:
    return {
        "repositories": _lines(
            _("Repositories"),
            _(
                "Their names without the owner, one a line, as in {repo}. A placeholder"
                " is one of the route's scope, and is filled with what the approver"
                " saw."
            ),
        ),
        "permissions": _lines(
            _("Permissions"),
            _(
                "One a line with read, write or admin, as in issues: write. GitHub's"
                " names: contents, issues, pull_requests, actions, checks and others."
            ),
        ),
    }


def _oauth(_shape: MapShape) -> dict[str, forms.Field]:
    return {
        "scope": _lines(
            _("Scopes"),
            _(
                "One a line, as in tickets:create. A placeholder such as {queue} is"
                " one of the route's scope, and is filled with what the approver saw."
            ),
        ),
        "authorization_details": _lines(
            _("Authorization details (RFC 9396)"),
            _(
                "Only where the server knows them; a blank line between two. A list"
                " stands below its name, one value a line, each after a dash:\n"
                "type: queue\nidentifier: {queue}\nactions:\n- create"
            ),
            rows=8,
        ),
    }


def _aws(shape: MapShape) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "policy_id": _text(
            _("Name of the policy (Id)"), _("May stay empty; AWS only shows it.")
        )
    }
    for number in range(1, shape.statements + 1):
        made = (_actions(), _resources(), _conditions(), _sid())
        fields |= {
            f"{part}_{number}": each for part, each in zip(PARTS, made, strict=True)
        }
    return fields


def _statement(number: int) -> Fieldset:
    fields = tuple(f"{part}_{number}" for part in PARTS)
    title = format_lazy(_("Allowed: statement {number}"), number=number)
    if number == 1:
        return title, {"fields": fields}
    return title, {
        "fields": fields,
        "description": _("All its fields empty: there is no such statement."),
    }


def _actions() -> forms.Field:
    return _lines(
        _("Actions"),
        _("One a line, as in logs:FilterLogEvents."),
    )


def _resources() -> forms.Field:
    return _lines(
        _("Resources"),
        _(
            "Their ARNs, one a line, as in"
            " arn:aws:logs:eu-central-1:123456789012:log-group:/{project}/{service}:*."
            " A placeholder is one of the route's scope, and is filled with what the"
            " approver saw."
        ),
    )


def _conditions() -> forms.Field:
    return _lines(
        _("Conditions"),
        _(
            "May stay empty. One a line: operator, key and value, as in StringEquals"
            " aws:RequestedRegion: eu-central-1. Several values stand below the colon,"
            " one a line, each after a dash."
        ),
    )


def _sid() -> forms.Field:
    return _text(_("Name (Sid)"), _("May stay empty."))


def _lines(label: Any, words: Any, *, rows: int = 4) -> forms.Field:
    attrs = {"rows": rows, "spellcheck": "false", "class": "vLargeTextField lines"}
    return forms.CharField(
        required=False,
        strip=False,  # a mistake is told by the number of its line
        label=label,
        help_text=words,
        widget=forms.Textarea(attrs=attrs),
    )


def _text(label: Any, words: Any) -> forms.Field:
    widget = forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"})
    return forms.CharField(required=False, label=label, help_text=words, widget=widget)


_NARROWING: Final = _(
    "Each call gets a credential of its own, for this and nothing else. What comes back"
    " is compared with it: more is given back and refused."
)
_FIELDS: Final[Mapping[str, Callable[[MapShape], dict[str, forms.Field]]]] = {
    "github_app": _github,
    "aws_sts": _aws,
    "oauth_client": _oauth,
}
