"""A tenant's Slack workspace, its channels, and who of its users is whom of us."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models import ApproverGroup, Tenant, User


class SlackWorkspace(models.Model):
    """One installation of the app; ``seal`` binds team and tenant together."""

    tenant = models.OneToOneField(
        Tenant, models.PROTECT, related_name="slack_workspace"
    )
    app_id = models.CharField(_("app ID"), max_length=20)
    team_id = models.CharField(_("workspace ID"), max_length=20, unique=True)
    enterprise_id = models.CharField(_("Enterprise Grid ID"), max_length=20, blank=True)
    sealed_token = models.TextField(blank=True, editable=False)
    token_version = models.PositiveIntegerField(default=0, editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)
    secret_version = models.PositiveIntegerField(default=0, editable=False)
    # Still honoured while Slack changes over to the new signing secret.
    previous_secret = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    suspended_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    seal = models.BinaryField(default=bytes, editable=False)

    class Meta:
        ordering: ClassVar = ["tenant"]
        verbose_name = _("Slack workspace")

    def __str__(self) -> str:
        return self.team_id

    def members(self) -> dict[str, object]:
        """Return what is sealed: for whom this workspace speaks."""
        return {
            "tenant": self.tenant_id,
            "app_id": self.app_id,
            "team_id": self.team_id,
            "enterprise_id": self.enterprise_id,
            "version": self.version,
        }


class SlackChannel(models.Model):
    """The channel in which a group is asked."""

    group = models.OneToOneField(
        ApproverGroup, models.PROTECT, related_name="slack_channel"
    )
    channel_id = models.CharField(_("channel ID"), max_length=20, blank=True)

    class Meta:
        ordering: ClassVar = ["group"]
        verbose_name = _("Slack channel")

    def __str__(self) -> str:
        return f"{self.group} in {self.channel_id or 'no channel'}"


class SlackLinkQuerySet(models.QuerySet["SlackLink"]):
    """Links of accounts."""

    def live(self) -> "SlackLinkQuerySet":
        """Those that stand: confirmed, not ended, of somebody who is active."""
        return self.filter(
            linked_at__isnull=False, ended_at=None, person__is_active=True
        )


class SlackLink(models.Model):
    """A Slack user that a signed-in person has shown to be hers.

    Made unconfirmed; a code that only that Slack user can read confirms it.
    """

    workspace = models.ForeignKey(SlackWorkspace, models.PROTECT, related_name="links")
    person = models.ForeignKey(User, models.PROTECT, related_name="slack_links")
    slack_user = models.CharField(_("Slack user"), max_length=20)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    code_mac = models.BinaryField(default=bytes, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    linked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    seal = models.BinaryField(default=bytes, editable=False)

    objects = SlackLinkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = _("Slack link")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "slack_user"],
                condition=Q(linked_at__isnull=False, ended_at__isnull=True),
                name="slacklink_one_a_user",
            ),
            models.UniqueConstraint(
                fields=["workspace", "person"],
                condition=Q(linked_at__isnull=False, ended_at__isnull=True),
                name="slacklink_one_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} is {self.slack_user}"

    def members(self) -> dict[str, object]:
        """Return what is sealed: who is whom, where, since when.

        A workspace's row that is moved to another team takes no link along.
        """
        return {
            "id": self.pk,
            "workspace": self.workspace_id,
            "team": self.workspace.team_id,
            "person": self.person_id,
            "slack_user": self.slack_user,
            "linked_at": self.linked_at.isoformat() if self.linked_at else None,
        }


class SlackRequest(models.Model):
    """A signature that has come once, so that it does nothing a second time."""

    signature = models.BinaryField(unique=True)  # its SHA-256
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"request of {self.at}"
