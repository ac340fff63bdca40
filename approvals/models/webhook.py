"""Where a tenant's own systems are told of what happens, and of what."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models import Tenant


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks of tenants."""

    def active(self, tenant: Tenant) -> "WebhookQuerySet":
        """Those of a tenant that are told of things now."""
        return self.filter(tenant=tenant, suspended_at=None)


class Webhook(models.Model):
    """An address that is sent signed events; ``seal`` covers where they go."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="webhooks")
    name = models.SlugField(max_length=60)
    url = models.CharField(_("URL"), max_length=500)
    allowed_cidrs = models.JSONField(
        _("private addresses that may be reached"), default=list, blank=True
    )
    events = models.JSONField(default=list)
    sealed_secret = models.TextField(blank=True, editable=False)
    secret_version = models.PositiveIntegerField(default=0, editable=False)
    secret_set_at = models.DateTimeField(null=True, editable=False)
    # Signs as well while receivers learn the new one.
    previous_secret = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    suspended_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    seal = models.BinaryField(default=bytes, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["tenant", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="webhook_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def members(self) -> dict[str, object]:
        """Return what is sealed: everything that decides where bytes go."""
        return {
            "tenant": self.tenant_id,
            "name": self.name,
            "url": self.url,
            "allowed_cidrs": self.allowed_cidrs,
            "events": self.events,
            "version": self.version,
        }
