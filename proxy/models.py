"""Governed calls and their outcomes."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from approvals.models import Approval
from audit.models import Payload
from governance.ids import new_id
from governance.models import Agent, AgentSession, RouteVersion, Tenant, User


class CallQuerySet(models.QuerySet["Call"]):
    """Calls; whoever moves the row runs it."""

    def take(
        self,
        call_id: str,
        *,
        credential: str,
        sent_at: datetime,
        deadline_at: datetime,
        credential_expires_at: datetime | None = None,
    ) -> bool:
        """Move a call from queued to sending; True for exactly one taker, ever.

        Its time begins now: one that was queued for long must not look forgotten.
        """
        queued = self.filter(pk=call_id, state=Call.State.QUEUED)
        taken = queued.update(
            state=Call.State.SENDING,
            credential=credential,
            credential_expires_at=credential_expires_at,
            sent_at=sent_at,
            deadline_at=deadline_at,
        )
        return taken == 1


class Call(models.Model):
    """One governed call.  Nothing re-sends one that reached ``sending``."""

    class State(models.TextChoices):
        """``queued`` becomes ``sending`` once, after the credential was borrowed."""

        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")
        OUTCOME_UNKNOWN = "outcome_unknown", _("Outcome Unknown")
        RESOLVED = "resolved", _("Resolved")

    class Mode(models.TextChoices):
        """Whether the caller waits for it."""

        NOW = "now"
        DEFERRED = "deferred"

    class Finding(models.TextChoices):
        """What a person found out about an unclear outcome."""

        HAPPENED = "happened", _("It happened")
        DID_NOT_HAPPEN = "did_not_happen", _("It did not happen")
        CANNOT_TELL = "cannot_tell", _("Nobody can tell")

    id = models.CharField(
        primary_key=True, max_length=40, default=partial(new_id, "cal"), editable=False
    )
    # No index where nothing is looked up by it: each costs every call a little.
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="calls", db_index=False
    )
    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="calls", db_index=False
    )
    session = models.ForeignKey(
        AgentSession, models.PROTECT, related_name="calls", db_index=False
    )
    route_version = models.ForeignKey(
        RouteVersion, models.PROTECT, related_name="calls", db_index=False
    )
    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, related_name="calls", db_index=False
    )
    # Not a foreign key: a claim granted on the spot has no row of its own.
    claim_id = models.CharField(max_length=40)
    claim_use = models.PositiveSmallIntegerField(default=1)
    nonce_hash = models.BinaryField()
    payload = models.ForeignKey(
        Payload, models.SET_NULL, null=True, related_name="calls"
    )
    tool = models.CharField(max_length=64)
    scope = models.CharField(max_length=512)
    args_digest = models.BinaryField()
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.NOW)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 (unique)
    request_id = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Before the first byte leaves: a crash must not lose which credential lives on.
    credential = models.CharField(max_length=16, blank=True)
    credential_expires_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    finding = models.CharField(max_length=16, choices=Finding, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    resolved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    resolved_at = models.DateTimeField(null=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            # The second net: a claim row whose counter was turned back runs nothing.
            models.UniqueConstraint(
                fields=["claim_id", "claim_use"], name="call_claim_use_once"
            ),
            models.UniqueConstraint(
                fields=["agent", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="call_idempotency_key_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="call_unfinished",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state="outcome_unknown"),
                name="call_unclear",
            ),
            models.Index(fields=["tenant", "-created_at"], name="call_newest"),
            models.Index(
                fields=["approval"],
                condition=Q(approval__isnull=False),
                name="call_of_approval",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class McpSessionQuerySet(models.QuerySet["McpSession"]):
    """Legacy handles of agents."""

    def used_since(self, at: datetime) -> "McpSessionQuerySet":
        """Those that somebody has used since."""
        return self.filter(last_used_at__gt=at)


class McpSession(models.Model):
    """What a legacy MCP client said when it opened a conversation.

    A name, never a credential: every request shows the agent's key again.
    """

    id = models.CharField(
        primary_key=True, max_length=40, default=partial(new_id, "mcs"), editable=False
    )
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="mcp_sessions")
    version = models.CharField(max_length=10)
    capabilities = models.JSONField(default=dict)
    client_info = models.JSONField(default=dict)  # the client's word
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(db_index=True)

    objects = McpSessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_used_at"]

    def __str__(self) -> str:
        return self.id
