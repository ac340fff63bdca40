"""Sessions: handles that keep an agent's conversations apart."""

from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from governance.ids import new_id
from governance.models.agents import Agent
from governance.models.people import User

IDLE: Final = timedelta(hours=24)
LIFE: Final = timedelta(days=7)


class AgentSessionQuerySet(models.QuerySet["AgentSession"]):
    """Sessions of agents."""

    def live(self, at: datetime) -> "AgentSessionQuerySet":
        """Those that may still be used."""
        return self.filter(
            ended_at__isnull=True, expires_at__gt=at, last_used_at__gt=at - IDLE
        )

    def bump_epoch(self) -> int:
        """Declare that the human context changed."""
        return self.update(epoch=F("epoch") + 1)


class AgentSession(models.Model):
    """A handle that we mint, bound to one agent.

    ``human`` is a person whose identity a token proved; ``on_behalf_of`` is the
    agent's word, is shown as such and changes nobody's vote.
    """

    id = models.CharField(
        primary_key=True, max_length=40, default=partial(new_id, "ses"), editable=False
    )
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="sessions")
    human = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=200, blank=True)
    is_default = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = AgentSessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "label"],
                condition=Q(ended_at__isnull=True) & ~Q(label=""),
                name="agentsession_label_live_once",
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(ended_at__isnull=True, is_default=True),
                name="agentsession_one_default",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["agent", "-created_at"])]

    def __str__(self) -> str:
        return self.id
