"""The outbox of notifications, and the links that they carry."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from approvals.models.approval import Approval
from governance.models import Tenant, User


class Delivery(models.Model):
    """One message to one place, written in the transaction of its reason."""

    class State(models.TextChoices):
        """``dead``: given up; an admin can send it again."""

        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DEAD = "dead"
        CANCELLED = "cancelled"

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=40)
    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, related_name="deliveries"
    )
    call_id = models.CharField(max_length=40, blank=True)
    # What to say where no approval says it: names of ours, nothing an agent wrote.
    about = models.JSONField(default=dict)
    channel = models.CharField(max_length=10, default="email")
    recipient = models.ForeignKey(User, models.PROTECT, related_name="deliveries")
    address = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    message_id = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["approval", "event", "channel", "recipient"],
                condition=Q(approval__isnull=False),
                name="delivery_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.recipient}"


class ReviewLink(models.Model):
    """The hash of a mail link's token: it addresses, and never authorises."""

    token_hash = models.BinaryField(unique=True)
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="links")
    person = models.ForeignKey(User, models.PROTECT, related_name="links")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="links")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link of {self.delivery_id}"
