"""How long each tenant's evidence is kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from audit.services import Retained, apply_retention, may_apply_retention
from governance.models import Tenant

# What belongs to no tenant: people, keys, the log itself.
OWN_DAYS: Final = 400


class NotTheOwner(Exception):
    """The database lets only the owner of the evidence drop any."""

    def __init__(self) -> None:
        super().__init__(
            "Only the role that owns the tables may drop evidence: set"
            " MIGRATION_DATABASE_URL to it for this command."
        )


def apply_everywhere(*, now: datetime) -> Mapping[str, Retained]:
    """Drop what is older than its tenant keeps it, by tenant.

    Raises NotTheOwner.
    """
    if not may_apply_retention():
        raise NotTheOwner
    tenants: list[tuple[str | None, int]] = [(None, OWN_DAYS)]
    tenants += Tenant.objects.values_list("slug", "retention_days")
    return {
        slug or "the installation": apply_retention(
            slug, before=now - timedelta(days=days), now=now
        )
        for slug, days in tenants
    }
