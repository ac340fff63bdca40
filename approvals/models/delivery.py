"""The outbox of notifications, and the links that they carry."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from approvals.models.approval import Approval
from approvals.models.webhook import Webhook
from governance.models import Tenant, User


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Messages."""

    def with_approval(self) -> "DeliveryQuerySet":
        """Read along what a message is made of."""
        return self.select_related(
            "tenant",
            "recipient",
            "webhook__tenant",
            "approval__tenant",
            "approval__agent__owner",
            "approval__key",
            "approval__session",
            "approval__route_version",
            "approval__group",
            "approval__payload",
        )


class Delivery(models.Model):
    """One message to one place, written in the transaction of its reason."""

    class State(models.TextChoices):
        """``dead``: given up; an admin can send it again."""

        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DEAD = "dead"
        CANCELLED = "cancelled"

    class Channel(models.TextChoices):
        """How it travels; a person reads mail, a channel or a program the rest."""

        EMAIL = "email", _("e-mail")
        SLACK = "slack", "Slack"
        WEBHOOK = "webhook"

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=40)
    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, related_name="deliveries"
    )
    call_id = models.CharField(max_length=40, blank=True)
    # What to say where no approval says it: names of ours, nothing an agent wrote.
    about = models.JSONField(default=dict)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    recipient = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="deliveries"
    )
    webhook = models.ForeignKey(
        Webhook, models.PROTECT, null=True, related_name="deliveries"
    )
    # An e-mail address, a Slack channel or user, a webhook's name.
    address = models.CharField(max_length=254)
    # Held back, to go out together with others to the same person.
    bundled = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    message_id = models.CharField(max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["approval", "event", "channel", "recipient"],
                condition=Q(approval__isnull=False),
                name="delivery_once",
            ),
            models.UniqueConstraint(
                fields=["approval", "event", "channel", "address", "call_id"],
                # A vote that is not the last is told as often as there is one.
                condition=Q(approval__isnull=False, recipient__isnull=True)
                & ~Q(event="voted"),
                name="delivery_once_a_place",
            ),
            models.CheckConstraint(
                condition=~Q(channel="email") | Q(recipient__isnull=False),
                name="delivery_mail_has_a_reader",
            ),
            models.CheckConstraint(
                condition=Q(channel="webhook", webhook__isnull=False)
                | ~Q(channel="webhook") & Q(webhook__isnull=True),
                name="delivery_webhook_is_named",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_due",
            ),
            models.Index(
                fields=["recipient", "created_at"],
                condition=Q(event="requested"),
                name="delivery_lately_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.recipient or self.address}"

    @property
    def reader(self) -> User:
        """The person whom it is for.  Raises ValueError if it is for none."""
        if self.recipient is None:
            raise ValueError("This message is not for a person.")
        return self.recipient


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
