"""Agents, their keys, and what they may ask for."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.people import Tenant, User
from governance.models.routes import Route


class Toolset(models.Model):
    """A named list of what an agent may ask for, and on what."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="toolsets")
    name = models.SlugField(max_length=60)

    class Meta:
        ordering: ClassVar = ["tenant", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="toolset_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ToolsetEntry(models.Model):
    """One route of a toolset; without patterns every scope of it is granted."""

    toolset = models.ForeignKey(Toolset, models.CASCADE, related_name="entries")
    route = models.ForeignKey(Route, models.PROTECT, related_name="entries")
    scope_patterns = models.JSONField(
        default=list,
        blank=True,
        help_text=_('As in ["repo:payments-*/pull:*"]; * stays within one segment.'),
    )

    class Meta:
        ordering: ClassVar = ["toolset", "route"]
        verbose_name_plural = _("toolset entries")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["toolset", "route"], name="toolsetentry_route_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.toolset}: {self.route}"


class Agent(models.Model):
    """A program that asks; its owner is the person who answers for it."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="agents")
    name = models.SlugField(max_length=60)
    owner = models.ForeignKey(User, models.PROTECT, related_name="owned_agents")
    toolsets = models.ManyToManyField(Toolset, blank=True, related_name="agents")
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["tenant", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="agent_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class AgentKeyQuerySet(models.QuerySet["AgentKey"]):
    """Keys, of which several may be live at once for rotation."""

    def live(self, at: datetime) -> "AgentKeyQuerySet":
        """Those that are honoured at a moment."""
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        return self.filter(unexpired, revoked_at__isnull=True)


class AgentKey(models.Model):
    """``swk_<key id>_<secret>``: only the secret's SHA-256 is kept."""

    agent = models.ForeignKey(Agent, models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=32, unique=True, editable=False)
    secret_hash = models.BinaryField(editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AgentKeyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["agent", "-created_at"]

    def __str__(self) -> str:
        return f"swk_{self.key_id}_…"
