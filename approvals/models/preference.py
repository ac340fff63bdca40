"""How a person wants to be asked; it never touches what she may decide."""

from datetime import datetime
from typing import ClassVar, Final

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


class Preference(models.Model):
    """One person's choice; whoever has no row gets what the fields default to."""

    class First(models.TextChoices):
        """The channel of a question; the other one follows where it is dead."""

        EMAIL = "email", _("Mail")
        SLACK = "slack", _("Slack, as a direct message")

    person = models.OneToOneField(User, models.PROTECT, related_name="preference")
    first_channel = models.CharField(max_length=10, choices=First, default=First.EMAIL)
    bundle_minutes = models.PositiveSmallIntegerField(default=0, choices=BUNDLES)
    reminders = models.BooleanField(default=True)
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

    def values(self) -> dict[str, str | int | bool | None]:
        """Return what she chose as JSON, as records compare it."""
        hours, muted = (self.quiet_from, self.quiet_until), self.muted_until
        return {
            "first_channel": self.first_channel,
            "bundle_minutes": self.bundle_minutes,
            "reminders": self.reminders,
            "quiet_hours": "-".join(map(str, hours)) if self.quiet_from else None,
            "muted_until": muted.isoformat() if muted else None,
        }
