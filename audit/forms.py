"""The filters as a form: from a query string to ``Filters``, or words about it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.access import AuditScope
from audit.events import EVENTS
from audit.filters import NAMES_IN_URL, Filters
from audit.finding import RECORD_ID, names_something
from audit.models import Record
from audit.stretches import STEPS, Unit

# What stands in the same query string and is no filter.
CURSORS: Final = ("before", "after")
_PAGING: Final = frozenset({*CURSORS, "bom", "personal", "size"})
_DATE_LENGTH: Final = len("2026-11-23")
_ANY: Final = ("", gettext_lazy("any"))


class MomentField(forms.CharField):
    """A time in UTC, or a day: its beginning, or with ``to_its_end`` its end."""

    def __init__(self, *, label: Any, to_its_end: bool = False) -> None:
        super().__init__(
            label=label,
            required=False,
            strip=True,
            widget=forms.TextInput(attrs={"placeholder": "2026-11-23 10:00"}),
        )
        self.to_its_end = to_its_end

    def clean(self, value: Any) -> datetime | None:
        """Return the time that is meant.

        Raises ValidationError if it is none.
        """
        text = super().clean(value)
        if not text:
            return None
        try:
            return self._moment(text)
        except (ValueError, OverflowError) as error:
            raise ValidationError(
                _("Write a day as 2026-11-23 or a time as 2026-11-23 10:00 (UTC).")
            ) from error

    def _moment(self, text: str) -> datetime:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        whole_day = self.to_its_end and len(text) == _DATE_LENGTH
        return at + timedelta(days=1) if whole_day else at


def _text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=512,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SearchForm(forms.Form):
    """The filters of the search and of the exports."""

    q = _text(gettext_lazy("Id, digest or code"))
    since = MomentField(label=gettext_lazy("From (UTC)"))
    until = MomentField(label=gettext_lazy("To (UTC)"), to_its_end=True)
    tenant = forms.ChoiceField(label=gettext_lazy("Tenant"), required=False)
    agent = _text(gettext_lazy("Agent"))
    person = _text(gettext_lazy("Person"))
    tool = _text(gettext_lazy("Tool"))
    backend = _text(gettext_lazy("Backend"))
    lane = _text(gettext_lazy("Lane"))
    scope = _text(gettext_lazy("Scope begins with"))
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        required=False,
        choices=[_ANY, *Record.Outcome.choices],
    )
    reason = _text(gettext_lazy("Reason"))
    event = forms.ChoiceField(
        label=gettext_lazy("Event"),
        required=False,
        choices=[_ANY, *((e, e) for e in sorted(EVENTS))],
    )

    def __init__(self, asked: Mapping[str, Any], *, scope: AuditScope) -> None:
        super().__init__(asked, auto_id="filter-%s", label_suffix="")
        if scope.tenants is None:
            self.fields["tenant"] = _text(gettext_lazy("Tenant"))
        else:
            slugs = sorted(scope.tenants)
            self.fields["tenant"] = forms.ChoiceField(
                label=gettext_lazy("Tenant"),
                required=False,
                choices=[_ANY, *((s, s) for s in slugs)],
            )

    def add_prefix(self, field_name: str) -> str:
        """Return the name in the URL: ``from`` can't be one of Python."""
        return NAMES_IN_URL.get(field_name, field_name)

    def clean_q(self) -> str:
        """Refuse what names nothing."""
        text: str = self.cleaned_data["q"]
        if text and not names_something(text):
            raise ValidationError(
                _(
                    "This is no id (cal_…, apr_…, clm_…, ses_…, evt_…, req_…), digest"
                    " (sha256:…), trace or code (K7Q-4M2)."
                )
            )
        return text

    def clean(self) -> None:
        """Refuse what is no filter: left out, it would show more than was asked for.

        So it is with a place that no page begins at.
        """
        known = {self.add_prefix(name) for name in self.fields} | _PAGING
        if unknown := sorted(set(self.data) - known):
            raise ValidationError(
                _("There is no filter “%(name)s”.") % {"name": unknown[0][:40]}
            )
        places = (self.data.get(name) or "" for name in CURSORS)
        if not all(not place or RECORD_ID.fullmatch(place) for place in places):
            raise ValidationError(_("No page begins there: start from the newest."))

    def filters(self) -> Filters:
        """Return the filters of a valid form."""
        return Filters(**self.cleaned_data)


class ActivityForm(SearchForm):
    """The filters of the picture over time, and how it is cut."""

    per = forms.ChoiceField(
        required=False,
        choices=[("", gettext_lazy("what fits")), *((u, u) for u in STEPS)],
    )

    def unit(self) -> Unit | None:
        """Return the unit that was asked for, of a valid form."""
        asked = self.cleaned_data["per"]
        return next((unit for unit in STEPS if unit == asked), None)

    def filters(self) -> Filters:
        """Return the filters of a valid form."""
        names = {field.name for field in fields(Filters)}
        return Filters(**{n: v for n, v in self.cleaned_data.items() if n in names})
