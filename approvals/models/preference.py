"""How a person wants to be asked; it never touches what she may decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models import User

BUNDLES: Final = (
    (0, _("each in a message of its own")),
    (15, _("in one message, at most every 15 minutes")),
    (30, _("in one message, at most every 30 minutes")),
    (60, _("in one message, at most every hour")),
)


class Way(models.TextChoices):
    """By what a person is told of one kind of event; a question goes on to the other.

    ``NOTHING`` is for what nobody has to read.
    """

    EMAIL = "email", _("Mail")
    SLACK = "slack", _("Slack, and mail where that fails")
    NOTHING = "none", _("Nothing")


# What reaches somebody in any case, and what may be left out.
MUST: Final = tuple(way for way in Way.choices if way[0] != Way.NOTHING)
MAY: Final = tuple(Way.choices)
# The kinds of events that a person chooses a way for, by the fields of her row.
TOPICS: Final = ("questions", "reminders", "endings", "runs", "voted_runs", "alerts")


def _names(ways: Sequence[tuple[str, Any]]) -> list[str]:
    return [name for name, _words in ways]


def _way(
    default: Way = Way.EMAIL, *, offered: Sequence[tuple[str, Any]] = MAY
) -> models.CharField[Any, Any]:
    return models.CharField(max_length=10, choices=offered, default=default)


class Preference(models.Model):
    """One person's choice; whoever has no row gets what the fields default to."""

    person = models.OneToOneField(User, models.PROTECT, related_name="preference")
    questions = _way(offered=MUST)
    reminders = _way()
    endings = _way()  # of what her agents asked, or she was looking at
    runs = _way()  # of her agents
    voted_runs = _way(Way.NOTHING)  # of what she had a vote in
    alerts = _way(offered=MUST)
    bundle_minutes = models.PositiveSmallIntegerField(default=0, choices=BUNDLES)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    muted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=F("quiet_until")),
                name="preference_quiet_hours_end",
            ),
            models.CheckConstraint(
                condition=Q(questions__in=_names(MUST), alerts__in=_names(MUST)),
                name="preference_questions_and_alerts_arrive",
            ),
            models.CheckConstraint(
                condition=Q(
                    reminders__in=_names(MAY),
                    endings__in=_names(MAY),
                    runs__in=_names(MAY),
                    voted_runs__in=_names(MAY),
                ),
                name="preference_ways_are_offered",
            ),
            models.CheckConstraint(
                condition=Q(
                    bundle_minutes__in=[minutes for minutes, _words in BUNDLES]
                ),
                name="preference_bundles_are_offered",
            ),
        ]

    def __str__(self) -> str:
        return f"how {self.person} is asked"

    def is_muted(self, at: datetime) -> bool:
        """Whether she wants no question and no reminder at a moment."""
        return self.muted_until is not None and at < self.muted_until

    def values(self) -> dict[str, str | int | None]:
        """Return what she chose as JSON, as records compare it."""
        hours, muted = (self.quiet_from, self.quiet_until), self.muted_until
        return {
            **{name: getattr(self, name) for name in TOPICS},
            "bundle_minutes": self.bundle_minutes,
            "quiet_hours": "-".join(map(str, hours)) if self.quiet_from else None,
            "muted_until": muted.isoformat() if muted else None,
        }
