"""How a person wants to be asked, as a form."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.models import Preference
from approvals.models.preference import TOPICS
from approvals.services.preferences import LONGEST_MUTE, zone_of_person
from governance.models import User


def _zones() -> list[tuple[str, Any]]:
    return [
        ("", _("That of my tenant")),
        *((z, z) for z in sorted(available_timezones())),
    ]


def _languages() -> list[tuple[str, Any]]:
    return [("", _("What my browser asks for")), *settings.LANGUAGES]


def _clock() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class PreferenceForm(forms.ModelForm[Preference]):
    """Everything that a person chooses about messages, her language and time zone."""

    time_zone = forms.ChoiceField(
        choices=_zones,
        required=False,
        label=_("Time zone"),
        help_text=_("Times in messages and on pages are shown in it."),
    )
    again_on = forms.DateField(
        required=False,
        label=_("Ask me nothing before"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_(
            "Until that day begins you get no questions and no reminders. Empty: ask"
            " me. If everybody is away and the group has no Slack channel, you are"
            " asked all the same."
        ),
    )
    language = forms.ChoiceField(
        choices=_languages,
        required=False,
        label=_("Language"),
        help_text=_("Pages and messages to you are in it."),
    )
    field_order = ("language", "time_zone")

    class Meta:
        model = Preference
        fields: ClassVar = (
            *TOPICS,
            "bundle_minutes",
            "quiet_from",
            "quiet_until",
        )
        labels: ClassVar = {
            "questions": _("Questions that wait for your decision"),
            "reminders": _("One reminder, if you have not answered"),
            "endings": _("What became of a request"),
            "runs": _("Whether an approved call of your agents ran"),
            "voted_runs": _("Whether a call that you voted on ran"),
            "alerts": _("Alerts"),
            "bundle_minutes": _("Many questions"),
            "quiet_from": _("No reminders from"),
            "quiet_until": _("No reminders until"),
        }
        help_texts: ClassVar = {
            "questions": _(
                "Slack needs a linked account. A question that cannot be brought by the"
                " first goes by the other."
            ),
            "endings": _("Of requests of your agents, or that you were looking at."),
            "alerts": _(
                "An outcome that nobody knows, a request that too few can decide, a"
                " session that rests, a message that was given up, a changed group or"
                " rule. They always come."
            ),
            "bundle_minutes": _("What is privileged always comes alone, at once."),
            "quiet_until": _(
                "A reminder that falls into these hours comes after them."
            ),
        }
        widgets: ClassVar = {"quiet_from": _clock(), "quiet_until": _clock()}

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.initial["time_zone"] = person.time_zone
        self.initial["language"] = person.language
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]
        muted, now = self.instance.muted_until, timezone.now()
        if muted is not None and muted > now:
            self.initial["again_on"] = muted.astimezone(
                zone_of_person(person, at=now)
            ).date()

    @property
    def ways(self) -> list[forms.BoundField]:
        """By what each kind of event comes."""
        return [self[name] for name in TOPICS]

    @property
    def times(self) -> list[forms.BoundField]:
        """When it comes, and by which clock."""
        return [self[name] for name in self.fields if name not in TOPICS]

    def clean(self) -> dict[str, Any]:
        """Judge what concerns two fields, and turn the day into a moment."""
        cleaned = super().clean() or self.cleaned_data
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (begins is None) != (ends is None):
            self.add_error("quiet_until", _("Give both times, or neither."))
        elif begins is not None and begins == ends:
            self.add_error("quiet_until", _("Quiet hours end at another time."))
        self.person.time_zone = cleaned.get("time_zone", self.person.time_zone)
        self.person.language = cleaned.get("language", self.person.language)
        self.instance.muted_until = self._muted_until(cleaned)
        return cleaned

    def _muted_until(self, cleaned: dict[str, Any]) -> datetime | None:
        day, now = cleaned.get("again_on"), timezone.now()
        if day is None:
            return None
        if not now.date() - timedelta(days=1) <= day <= (now + LONGEST_MUTE).date():
            self.add_error("again_on", _("Choose a day within the next three months."))
            return None
        begins = datetime.combine(
            day, time.min, tzinfo=zone_of_person(self.person, at=now)
        )
        return begins.astimezone(UTC) if begins > now else None
