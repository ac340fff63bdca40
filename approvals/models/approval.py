"""Approvals and the votes on them."""

from functools import partial
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.dateparse import parse_datetime

from audit.models import Payload
from governance.ids import new_id
from governance.models import (
    Agent,
    AgentKey,
    AgentSession,
    ApproverGroup,
    RouteVersion,
    Tenant,
    User,
)

QUICK_SECONDS: Final = 3.0


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Approvals of tenants, agents and groups."""

    def pending(self) -> "ApprovalQuerySet":
        """Those that a person can still decide."""
        return self.filter(state=Approval.State.PENDING)

    def open(self) -> "ApprovalQuerySet":
        """Those that are not over: an equal request gets one of these."""
        return self.filter(state__in=[Approval.State.PENDING, Approval.State.APPROVED])


class Approval(models.Model):
    """A request for one exact action, and what became of it."""

    class State(models.TextChoices):
        """``pending`` and ``approved`` go on; every other one is an ending."""

        PENDING = "pending"
        APPROVED = "approved"
        EXECUTED = "executed"
        DENIED = "denied"
        EXPIRED = "expired"
        CANCELLED = "cancelled"
        SUPERSEDED = "superseded"
        REVOKED = "revoked"
        LAPSED = "lapsed"

    class Mode(models.TextChoices):
        """Who runs it once it is approved: the agent, or we."""

        NOW = "now"
        DEFERRED = "deferred"

    class By(models.TextChoices):
        """Who ended it."""

        PERSON = "person"
        AGENT = "agent"
        SYSTEM = "system"

    id = models.CharField(
        primary_key=True, max_length=40, default=partial(new_id, "apr"), editable=False
    )
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="approvals")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="approvals")
    key = models.ForeignKey(AgentKey, models.PROTECT, related_name="+")
    session = models.ForeignKey(AgentSession, models.PROTECT, related_name="approvals")
    route_version = models.ForeignKey(
        RouteVersion, models.PROTECT, related_name="approvals"
    )
    payload = models.ForeignKey(
        Payload, models.SET_NULL, null=True, related_name="approvals"
    )
    tool = models.CharField(max_length=64)
    risk = models.CharField(max_length=10)
    backend = models.CharField(max_length=60)
    lane = models.CharField(max_length=60)
    scope = models.CharField(max_length=512)
    summary = models.TextField()
    args_digest = models.BinaryField()
    summary_digest = models.BinaryField()
    fingerprint = models.BinaryField()
    code = models.CharField(max_length=7, db_index=True)
    # The rule, as it was when this was asked.
    group = models.ForeignKey(ApproverGroup, models.PROTECT, related_name="approvals")
    fallback_group = models.ForeignKey(
        ApproverGroup, models.PROTECT, null=True, related_name="+"
    )
    quorum = models.PositiveSmallIntegerField()
    separation = models.CharField(max_length=10)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.NOW)
    idempotency_key = models.CharField(max_length=255, blank=True)
    reasons = models.JSONField(default=list)  # [{"at": "…Z", "text": "…"}], ours first
    asks = models.PositiveIntegerField(default=1)
    # Kinds of what a quick eye would miss in it, for lists; the page looks again.
    flags = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    decide_by = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    execute_by = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, choices=By, blank=True)
    ended_by_person = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+"
    )
    # A code of Reason where the ending has one of its own (approval_unsatisfiable).
    ended_reason = models.CharField(max_length=40, blank=True)
    reason_for_agent = models.TextField(blank=True)
    # The agent was told how it ended; its next equal request asks anew, or rests.
    told_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            # Two equal requests at once open one approval.
            models.UniqueConstraint(
                fields=["agent", "fingerprint"],
                condition=Q(state__in=["pending", "approved"]),
                name="approval_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", ended_at__isnull=True)
                | Q(state="approved", ended_at__isnull=True)
                | ~Q(state__in=["pending", "approved"]) & Q(ended_at__isnull=False),
                name="approval_ended_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "executed"])
                | Q(execute_by__isnull=False),
                name="approval_execute_by_when_approved",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "decide_by"],
                condition=Q(state="pending"),
                name="approval_pending",
            ),
            models.Index(
                fields=["execute_by"],
                condition=Q(state="approved"),
                name="approval_unspent",
            ),
            models.Index(
                fields=["agent", "fingerprint", "-created_at"], name="approval_same"
            ),
            models.Index(fields=["agent", "idempotency_key"], name="approval_key"),
            models.Index(fields=["session"], name="approval_session"),
            models.Index(fields=["tenant", "-created_at"], name="approval_newest"),
            models.Index(fields=["tenant", "changed_at"], name="approval_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.tool} {self.scope}"


class Vote(models.Model):
    """One person's word on one approval; append only, but for its free text."""

    class Verdict(models.TextChoices):
        """One deny ends it."""

        APPROVE = "approve"
        DENY = "deny"

    class Seat(models.TextChoices):
        """Why this person may vote."""

        MEMBER = "member"
        FALLBACK = "fallback"
        OWNER = "owner"

    class Category(models.TextChoices):
        """Why not; each but the last has a sentence that the agent reads first."""

        WRONG_TARGET = "wrong_target"
        WRONG_ARGUMENTS = "wrong_arguments"
        TOO_BROAD = "too_broad"
        NOT_NOW = "not_now"
        NOT_NEEDED = "not_needed"
        UNSAFE = "unsafe"
        OTHER = "other"

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="votes")
    person = models.ForeignKey(User, models.PROTECT, related_name="votes")
    seat = models.CharField(max_length=10, choices=Seat)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField(null=True)  # noqa: DJ001 (NULL: erased)
    note = models.TextField(null=True)  # noqa: DJ001 (for colleagues; NULL: erased)
    category = models.CharField(max_length=20, choices=Category, blank=True)  # of a no
    channel = models.CharField(max_length=10)
    delivery = models.ForeignKey(
        "approvals.Delivery", models.PROTECT, null=True, related_name="+"
    )
    signed_in_by = models.CharField(max_length=100)  # "password", "password, totp"
    signed_in_at = models.DateTimeField()
    fingerprint = models.BinaryField()  # the one that was shown
    shown = models.JSONField(default=dict)
    at = models.DateTimeField()
    seal = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["approval", "person"], name="vote_one_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.verdict}"

    @property
    def seconds_read(self) -> float | None:
        """How long after its page was rendered it was cast; None where none was."""
        rendered = parse_datetime(str(self.shown.get("at", "")))
        return (self.at - rendered).total_seconds() if rendered else None

    @property
    def is_quick(self) -> bool:
        """Whether nobody can have read the page so fast."""
        seconds = self.seconds_read
        return seconds is not None and seconds < QUICK_SECONDS

    def members(self) -> dict[str, object]:
        """Return what is sealed: all but the free text, which can be erased."""
        # Left out where there is none: votes of before there were any are sealed so.
        category = {"category": self.category} if self.category else {}
        return {
            **category,
            "approval": self.approval_id,
            "person": self.person_id,
            "seat": self.seat,
            "verdict": self.verdict,
            "channel": self.channel,
            "signed_in_by": self.signed_in_by,
            "signed_in_at": self.signed_in_at.isoformat(),
            "fingerprint": bytes(self.fingerprint).hex(),
            "shown": self.shown,
            "at": self.at.isoformat(),
        }
