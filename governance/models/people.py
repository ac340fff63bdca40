"""Tenants and the people in them."""

from datetime import datetime
from typing import ClassVar, Final

from django.contrib.auth.models import AbstractUser
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MIN_RETENTION_DAYS: Final = 180


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Tenants, and the one counter that makes every cache of policy stale."""

    def bump_epoch(self) -> int:
        """Move the policy epoch of these tenants on; the number of rows.

        A spend names the epoch that its decision saw, so nothing that was decided
        before this commits can be spent after it.
        """
        return self.update(policy_epoch=F("policy_epoch") + 1)


class Tenant(models.Model):
    """One organisation; it never sees another."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    retention_days = models.PositiveSmallIntegerField(
        _("days that evidence is kept"),
        default=400,
        validators=[MinValueValidator(MIN_RETENTION_DAYS)],
        help_text=format_lazy(
            _("Then records go; what proves the others stays. At least {days}."),
            days=MIN_RETENTION_DAYS,
        ),
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    writes_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    policy_epoch = models.BigIntegerField(default=1, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(retention_days__gte=MIN_RETENTION_DAYS),
                name="tenant_keeps_its_evidence",
            )
        ]

    def __str__(self) -> str:
        return self.slug


class User(AbstractUser):
    """One human: a unique user name and a unique e-mail; agents are not users."""

    email = models.EmailField(_("e-mail"), unique=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("As in Europe/Berlin; empty: the tenant's."),
    )
    language = models.CharField(max_length=10, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["username"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.username


def _valid(at: datetime) -> Q:
    ended = Q(valid_to__isnull=False, valid_to__lte=at)
    return Q(valid_from__lte=at) & ~ended


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships: dated, so that "was she eligible at 14:03?" has an answer."""

    def valid(self, at: datetime) -> "MembershipQuerySet":
        """Those that held at a moment."""
        return self.filter(_valid(at))


class Membership(models.Model):
    """A person's role in a tenant, from one moment to another."""

    class Role(models.TextChoices):
        """What a person may do in a tenant; roles add up."""

        ADMIN = "admin"
        APPROVER = "approver"
        AUDITOR = "auditor"

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["tenant", "user", "role", "valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "tenant", "role"],
                condition=Q(valid_to__isnull=True),
                name="membership_once_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.tenant}"


class ApproverGroup(models.Model):
    """People of a tenant among whom a route's rule finds its voters."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="groups")
    name = models.SlugField(max_length=60)

    class Meta:
        ordering: ClassVar = ["tenant", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="group_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class GroupMembershipQuerySet(models.QuerySet["GroupMembership"]):
    """Dated places in approver groups."""

    def valid(self, at: datetime) -> "GroupMembershipQuerySet":
        """Those that held at a moment."""
        return self.filter(_valid(at))


class GroupMembership(models.Model):
    """A person's place in a group; ``edited_by`` matters under ``strict``."""

    group = models.ForeignKey(ApproverGroup, models.PROTECT, related_name="places")
    user = models.ForeignKey(User, models.PROTECT, related_name="places")
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = GroupMembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["group", "user", "valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "user"],
                condition=Q(valid_to__isnull=True),
                name="groupmembership_once_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"
