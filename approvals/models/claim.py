"""Claims: a yes that can be spent, as a row."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from approvals.models.approval import Approval
from governance.ids import new_id
from governance.models import Agent, AgentSession, RouteVersion, Tenant


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims; spending them is in ``approvals.spending``."""

    def unspent(self) -> "ClaimQuerySet":
        """Those that have a use left and were not revoked."""
        return self.filter(revoked_at__isnull=True, uses__lt=F("max_uses"))

    def revoke(self, *, why: str, at: datetime) -> int:
        """Take these claims back where they are not spent; how many it hit.

        One conditional UPDATE: against a spend that holds the row, it waits and then
        sees the use, so whoever comes second is told.
        """
        return self.unspent().update(revoked_at=at, revoked_reason=why)


class Claim(models.Model):
    """The authority behind a token; its seal covers all that the token binds."""

    id = models.CharField(
        primary_key=True, max_length=40, default=partial(new_id, "clm"), editable=False
    )
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="claims")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="claims")
    session = models.ForeignKey(AgentSession, models.PROTECT, related_name="claims")
    approval = models.OneToOneField(
        Approval, models.PROTECT, null=True, related_name="claim"
    )
    route_version = models.ForeignKey(
        RouteVersion, models.PROTECT, related_name="claims"
    )
    tool = models.CharField(max_length=64)
    risk = models.CharField(max_length=10)
    scope = models.CharField(max_length=512)
    lane = models.CharField(max_length=60)
    route_digest = models.CharField(max_length=71)
    args_digest = models.BinaryField()
    summary_digest = models.BinaryField()
    nonce_hash = models.BinaryField()
    max_uses = models.PositiveSmallIntegerField(default=1)
    uses = models.PositiveSmallIntegerField(default=0)
    session_epoch = models.PositiveIntegerField()
    failover_epoch = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    execute_by = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=40, blank=True)
    seal = models.BinaryField()

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(uses__lte=F("max_uses")), name="claim_not_overspent"
            ),
            models.CheckConstraint(
                condition=Q(risk="read") | Q(max_uses=1),
                name="claim_uses_of_reads_only",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["route_version"],
                condition=Q(revoked_at__isnull=True),
                name="claim_of_version",
            ),
            models.Index(fields=["session"], name="claim_of_session"),
        ]

    def __str__(self) -> str:
        return self.id

    def members(self) -> dict[str, object]:
        """Return what is sealed: what the token binds, its end and its uses."""
        return {
            "id": self.id,
            "tenant": self.tenant_id,
            "agent": self.agent_id,
            "session": self.session_id,
            "approval": self.approval_id,
            "route_version": self.route_version_id,
            "tool": self.tool,
            "risk": self.risk,
            "scope": self.scope,
            "lane": self.lane,
            "route": self.route_digest,
            "args": bytes(self.args_digest).hex(),
            "summary": bytes(self.summary_digest).hex(),
            "nonce_hash": bytes(self.nonce_hash).hex(),
            "max_uses": self.max_uses,
            "session_epoch": self.session_epoch,
            "failover_epoch": self.failover_epoch,
            "execute_by": self.execute_by.isoformat(),
        }
