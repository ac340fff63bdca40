"""Where an action may go: backends, credential lanes and routes."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.lanekinds import SHARED
from governance.models.people import ApproverGroup, Tenant, User


class Backend(models.Model):
    """A remote system.  ``seal`` covers what decides where bytes go."""

    class Kind(models.TextChoices):
        """How Sealwright speaks to it."""

        HTTP = "http", "HTTP"
        MCP = "mcp", "MCP server"

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="backends")
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HTTP)
    base_url = models.CharField(_("base URL"), max_length=500)
    allowed_cidrs = models.JSONField(
        _("private addresses that may be reached"),
        default=list,
        blank=True,
        help_text=_('As in ["10.1.2.0/24"].  Empty: public addresses only.'),
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    max_response_bytes = models.PositiveIntegerField(
        default=1_048_576,
        validators=[MinValueValidator(1024), MaxValueValidator(8_388_608)],
    )
    max_concurrent = models.PositiveSmallIntegerField(
        _("calls at once, a process"),
        default=16,
        validators=[MinValueValidator(1), MaxValueValidator(256)],
    )
    ca_pem = models.TextField(_("TLS certificate authority (PEM)"), blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    seal = models.BinaryField(default=bytes, editable=False)

    class Meta:
        ordering: ClassVar = ["tenant", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="backend_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def members(self) -> dict[str, object]:
        """Return what is sealed: everything that decides where bytes go."""
        return {
            "tenant": self.tenant_id,
            "name": self.name,
            "kind": self.kind,
            "base_url": self.base_url,
            "allowed_cidrs": self.allowed_cidrs,
            "timeout_seconds": self.timeout_seconds,
            "max_response_bytes": self.max_response_bytes,
            "ca_pem": self.ca_pem,
            "version": self.version,
        }


class CredentialLane(models.Model):
    """A kind of power that a route may borrow for one call."""

    class Kind(models.TextChoices):
        """How the credential comes to be."""

        NONE = "none", _("No credential")
        STATIC = "static", _("A stored value (shared, not narrowed, not revocable)")
        GITHUB_APP = "github_app", _("GitHub App (a token for the repositories named)")
        AWS_STS = "aws_sts", _("AWS role (a session for what the policy names)")
        OAUTH_CLIENT = "oauth_client", _("OAuth client (a token for the scope named)")

    class Privilege(models.TextChoices):
        """The most that the credential can do."""

        READ = "read"
        WRITE = "write"
        ADMIN = "admin"

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="lanes")
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.STATIC)
    privilege = models.CharField(
        max_length=10, choices=Privilege, default=Privilege.READ
    )
    placement = models.JSONField(
        default=dict,
        blank=True,
        help_text='{"in": "authorization", "scheme": "Bearer"} or '
        '{"in": "header", "name": "X-Api-Key"}',
    )
    settings = models.JSONField(default=dict, blank=True)
    narrowing = models.JSONField(default=dict, blank=True)
    max_seconds = models.PositiveIntegerField(
        _("longest life that is accepted, seconds"),
        default=3600,
        validators=[MinValueValidator(60), MaxValueValidator(43_200)],
    )
    reuse_seconds = models.PositiveSmallIntegerField(
        _("seconds that a read's credential is used again"),
        default=0,
        validators=[MaxValueValidator(300)],
    )
    sealed_secret = models.TextField(blank=True, editable=False)
    secret_version = models.PositiveIntegerField(default=0, editable=False)
    secret_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    secret_fingerprint = models.CharField(max_length=16, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    seal = models.BinaryField(default=bytes, editable=False)

    class Meta:
        ordering: ClassVar = ["tenant", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="lane_name_unique")
        ]

    def __str__(self) -> str:
        return self.name

    def members(self) -> dict[str, object]:
        """Return what is sealed; the secret has its own authenticated envelope."""
        members: dict[str, object] = {
            "tenant": self.tenant_id,
            "name": self.name,
            "kind": self.kind,
            "privilege": self.privilege,
            "placement": self.placement,
            "version": self.version,
        }
        if self.kind in SHARED:
            return members
        # What only an issuer is told: a lane without one was sealed without it.
        return {
            **members,
            "settings": self.settings,
            "narrowing": self.narrowing,
            "max_seconds": self.max_seconds,
            "reuse_seconds": self.reuse_seconds,
        }


class Route(models.Model):
    """A tool of a tenant, and which of its versions is in force."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="routes")
    tool = models.CharField(max_length=64)
    published = models.ForeignKey(
        "RouteVersion", models.PROTECT, null=True, editable=False, related_name="+"
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Suspended for a tool that changed: a version with another pin lifts it.
    drifted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["tenant", "tool"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "tool"], name="route_tool_unique")
        ]

    def __str__(self) -> str:
        return self.tool


class RouteVersion(models.Model):
    """What a route does; immutable from the moment that it is published."""

    class State(models.TextChoices):
        """A draft is edited, a published version or a dismissed draft never."""

        DRAFT = "draft"
        PUBLISHED = "published"
        DISMISSED = "dismissed"

    class Risk(models.TextChoices):
        """What a mistake would cost."""

        READ = "read"
        WRITE = "write"
        PRIVILEGED = "privileged"

    class Rule(models.TextChoices):
        """Whether a person has to say yes."""

        NOT_REQUIRED = "not_required", _("not required")
        REQUIRED = "required"

    class Separation(models.TextChoices):
        """Who can't vote; ``approvals.eligibility`` answers for a person."""

        CONFIRM = "confirm", _("confirm: the agent's owner may say yes")
        FOUR_EYES = "four_eyes", _("four eyes: not the agent's own people")
        STRICT = "strict", _("strict: nor whoever published the version")

    route = models.ForeignKey(Route, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, max_length=2000)
    backend = models.ForeignKey(Backend, models.PROTECT, related_name="versions")
    lane = models.ForeignKey(CredentialLane, models.PROTECT, related_name="versions")
    risk = models.CharField(max_length=10, choices=Risk)
    reversible = models.BooleanField(_("can be undone"), default=False)
    approval_rule = models.CharField(max_length=14, choices=Rule, default=Rule.REQUIRED)
    justification = models.TextField(blank=True, max_length=2000)
    group = models.ForeignKey(
        ApproverGroup, models.PROTECT, null=True, blank=True, related_name="versions"
    )
    fallback_group = models.ForeignKey(
        ApproverGroup, models.PROTECT, null=True, blank=True, related_name="+"
    )
    quorum = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    separation = models.CharField(
        max_length=10, choices=Separation, default=Separation.FOUR_EYES
    )
    justification_required = models.BooleanField(
        _("a reason is needed to approve"), default=False
    )
    decide_within_seconds = models.PositiveIntegerField(
        default=14_400, validators=[MinValueValidator(60), MaxValueValidator(604_800)]
    )
    execute_within_seconds = models.PositiveIntegerField(
        default=3600, validators=[MinValueValidator(30), MaxValueValidator(86_400)]
    )
    allow_unreadable = models.BooleanField(
        _("arguments that people can't read may be asked for"), default=False
    )
    approve_in_slack = models.BooleanField(_("may be approved in Slack"), default=False)
    in_messages = models.JSONField(
        _("arguments that may appear in mail and Slack"), default=list, blank=True
    )
    arguments_schema = models.JSONField(default=dict)
    plain_parameters = models.JSONField(
        _("names that look like a destination but are plain data"),
        default=list,
        blank=True,
    )
    scope_template = models.CharField(max_length=1000)
    summary_template = models.CharField(max_length=1000)
    mapping = models.JSONField(_("request mapping"), default=dict)
    max_uses = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    replay_seconds = models.PositiveIntegerField(
        default=600, validators=[MaxValueValidator(86_400)]
    )
    payload_seconds = models.PositiveIntegerField(
        default=2_592_000, validators=[MaxValueValidator(31_536_000)]
    )
    # What figures a draft was prepared from; empty where an admin began it.
    proposed_because = models.TextField(blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+"
    )
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(null=True, editable=False)
    digest = models.CharField(max_length=71, blank=True, editable=False)
    seal = models.BinaryField(default=bytes, editable=False)

    class Meta:
        ordering: ClassVar = ["route", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["route", "number"], name="routeversion_number_unique"
            ),
            models.UniqueConstraint(
                fields=["route"],
                condition=Q(state="draft"),
                name="routeversion_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(risk="read") | Q(max_uses=1),
                name="routeversion_uses_of_reads_only",
            ),
            models.CheckConstraint(
                condition=Q(approval_rule="not_required") | Q(group__isnull=False),
                name="routeversion_group_where_required",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} version {self.number} ({self.state})"
