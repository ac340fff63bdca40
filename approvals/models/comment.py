"""What colleagues say to each other about a request, and who is looking at it."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import models

from approvals.models.approval import Approval
from governance.models import User

LOOKING: Final = timedelta(minutes=10)


class Comment(models.Model):
    """A remark on a request; the free text can be erased, nothing else changes."""

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="comments")
    person = models.ForeignKey(User, models.PROTECT, related_name="comments")
    text = models.TextField(null=True)  # noqa: DJ001 (NULL: erased)
    to_agent = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.person} on {self.approval_id}"


class TakingQuerySet(models.QuerySet["Taking"]):
    """Who has pressed that she is looking."""

    def lasting(self, at: datetime) -> "TakingQuerySet":
        """Those that still hold: ten minutes, then the press is forgotten."""
        return self.filter(at__gt=at - LOOKING)


class Taking(models.Model):
    """Somebody looks at a request; it informs others and blocks nobody."""

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="takings")
    person = models.ForeignKey(User, models.PROTECT, related_name="takings")
    at = models.DateTimeField()

    objects = TakingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["approval", "person"], name="taking_one_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} looks at {self.approval_id}"
