"""The installation: its identity, its failover epoch, its signing keys."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models


class Installation(models.Model):
    """One row.  ``generation`` is the hand-driven part of the failover epoch."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    installation_id = models.UUIDField(default=uuid.uuid4)
    generation = models.PositiveIntegerField(default=1)
    demo = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="installation_only_one"
            )
        ]

    def __str__(self) -> str:
        return str(self.installation_id)


class SigningKey(models.Model):
    """The public half of a claim key; the private one is ``claim-<kid>.key``."""

    class State(models.TextChoices):
        """``retired`` verifies what it signed until that is over; ``revoked`` never."""

        NEXT = "next"
        ACTIVE = "active"
        RETIRED = "retired"
        REVOKED = "revoked"

    kid = models.CharField(max_length=40, unique=True)
    public_key = models.BinaryField()
    state = models.CharField(max_length=10, choices=State)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state="active"),
                name="signingkey_one_active",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kid} ({self.state})"


class ResealingQuerySet(models.QuerySet["Resealing"]):
    """At most one run is open, and whoever reseals meanwhile takes part in it."""

    def resume(self, *, now: datetime) -> tuple["Resealing", bool]:
        """Return the run that was interrupted, or begin one; and whether it began."""
        return self.get_or_create(pk=1, defaults={"began_at": now})

    def finish(self, run: uuid.UUID) -> None:
        """Forget a run: from now on nobody can tell what was sealed anew in it."""
        self.filter(run=run).delete()


class Resealing(models.Model):
    """The open run of ``rotate_kek --reseal``, if there is one.

    It holds a name and no progress: what the run has done shows in the seals alone.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    run = models.UUIDField(default=uuid.uuid4)
    began_at = models.DateTimeField()

    objects = ResealingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="resealing_only_one")
        ]

    def __str__(self) -> str:
        return f"since {self.began_at:%Y-%m-%d %H:%M} UTC"
