"""Drafts of routes that an import has made, until an admin completes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.visible import visible
from governance.models.people import Tenant, User
from governance.models.routes import Backend, CredentialLane, Route


class ImportedDraft(models.Model):
    """What a source says of one operation, and the route proposed for it.

    It decides nothing: no agent sees it, and what an admin makes of it is checked as if
    she had typed it.
    """

    class Origin(models.TextChoices):
        """Where it comes from."""

        OPENAPI = "openapi", "OpenAPI"
        CURL = "curl", _("curl command")
        MCP = "mcp", "MCP server"

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="imported_drafts")
    backend = models.ForeignKey(Backend, models.PROTECT, related_name="imported_drafts")
    lane = models.ForeignKey(
        CredentialLane, models.PROTECT, null=True, related_name="+"
    )
    origin = models.CharField(max_length=10, choices=Origin)
    key = models.CharField(_("operation"), max_length=500)
    tool = models.CharField(_("proposed name"), max_length=64)
    digest = models.CharField(max_length=71)
    definition = models.JSONField(default=dict)
    fields = models.JSONField(default=dict)
    problems = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    changed = models.JSONField(_("changed since the import before"), default=list)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    gone_at = models.DateTimeField(null=True)
    route = models.ForeignKey(
        Route, models.PROTECT, null=True, related_name="imported_drafts"
    )
    # What the route was made from: another digest means that the source has moved on.
    completed_digest = models.CharField(max_length=71, blank=True)

    class Meta:
        ordering: ClassVar = ["tenant", "backend", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["backend", "origin", "key"], name="importeddraft_key_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tool} ({visible(self.key)})"

    @property
    def state(self) -> str:
        """What is to be done about it, in a word or two."""
        if self.gone_at is not None:
            return "gone"
        if self.route_id is None:
            return "cannot be published yet" if self.problems else "to be completed"
        return "completed" if self.completed_digest == self.digest else "changed"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed; ``lines`` say it, ``drafts`` are what is there now."""

    lines: Sequence[str]
    drafts: Sequence[ImportedDraft]
    unchanged: int

    @property
    def differences(self) -> str:
        """How many there are, as a command says it: ``1 difference``."""
        count = len(self.lines)
        return "1 difference" if count == 1 else f"{count} differences"


class SeenTool(models.Model):
    """What an upstream last said of a tool, as a lane of ours sees its list."""

    backend = models.ForeignKey(Backend, models.CASCADE, related_name="seen_tools")
    lane = models.ForeignKey(CredentialLane, models.CASCADE, related_name="+")
    name = models.CharField(max_length=256)
    digest = models.CharField(max_length=71)
    text_digest = models.CharField(max_length=71)
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["backend", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["backend", "lane", "name"], name="seentool_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name
