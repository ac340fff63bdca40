"""Tenants."""

import zoneinfo
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.above import tell_weaker
from governance.changes import Changes
from governance.models import Tenant, User
from governance.models.people import MIN_RETENTION_DAYS
from governance.refusals import Problems, refuse_if
from governance.services.evidence import author, differences, is_new, lock
from governance.services.wording import TENANT


@transaction.atomic
def save_tenant(tenant: Tenant, *, by: User | None, now: datetime) -> Changes:
    """Create or change a tenant; its slug stays what it was.

    Raises Refused.
    """
    refuse_if(tenant_problems(tenant))
    new = is_new(tenant)
    if not new:
        tenant.slug = lock(tenant).slug
    changes = differences(tenant, TENANT)
    if changes:
        tenant.save(force_insert=new, update_fields=None if new else [*TENANT])
        record(
            "tenant.created" if new else "tenant.changed",
            now=now,
            tenant=tenant.slug,
            detail=changes.detail(),
            **author(by),
        )
        what = f"tenant {tenant.slug}"
        tell_weaker(what, changes, tenant=tenant, by=by, now=now)
    return changes


def tenant_problems(tenant: Tenant) -> Problems:
    """Say what is wrong with a tenant's own settings, by field."""
    kept = tenant.retention_days
    return {
        "time_zone": time_zone_problems(tenant.time_zone),
        "retention_days": []
        if kept >= MIN_RETENTION_DAYS
        else [f"Evidence is kept at least {MIN_RETENTION_DAYS} days."],
    }


def time_zone_problems(name: str) -> list[str]:
    """Say whether a time zone is not one that we can show times in."""
    if not name or name in zoneinfo.available_timezones():
        return []
    return [f"“{name}” is no time zone. Write one such as Europe/Berlin."]
