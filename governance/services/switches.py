"""Suspending and resuming, and the one button that stops a tenant's writes.

When a suspension has returned to its caller, and that caller's transaction is over,
nothing that it forbids is spent any more, in any process.
"""

from datetime import datetime
from typing import TypeAlias, TypedDict

from django.db import transaction

from audit.services import record
from governance.models import Agent, Backend, Route, Tenant, User
from governance.services.evidence import author, lock, policy_changed

Suspendable: TypeAlias = Tenant | Agent | Route | Backend


def suspend(
    subject: Suspendable, *, by: User | None, now: datetime, why: str = ""
) -> bool:
    """Refuse every call of, or to, the subject from now on; False if it was so."""
    return _turn(subject, at=now, by=by, now=now, why=why)


def resume(
    subject: Suspendable, *, by: User | None, now: datetime, why: str = ""
) -> bool:
    """Take a suspension back; False if there was none."""
    return _turn(subject, at=None, by=by, now=now, why=why)


@transaction.atomic
def _turn(
    subject: Suspendable,
    *,
    at: datetime | None,
    by: User | None,
    now: datetime,
    why: str,
) -> bool:
    tenant = lock(_tenant_of(subject))
    subject.refresh_from_db(fields=["suspended_at"])
    if (subject.suspended_at is None) == (at is None):
        return False
    subject.suspended_at = at
    subject.save(update_fields=["suspended_at"])
    if isinstance(subject, Route) and at is None and subject.drifted_at:
        subject.drifted_at = None
        subject.save(update_fields=["drifted_at"])
    verb = "resumed" if at is None else "suspended"
    record(
        f"{_noun(subject)}.{verb}",
        now=now,
        stated_reason=why,
        **_named(subject, tenant),
        **author(by),
    )
    policy_changed(tenant)
    return True


@transaction.atomic
def stop_writes(
    tenant: Tenant, *, by: User | None, now: datetime, why: str = ""
) -> bool:
    """Refuse every write and privileged call of the tenant; False if it was so."""
    return _turn_writes(tenant, at=now, by=by, now=now, why=why)


@transaction.atomic
def resume_writes(
    tenant: Tenant, *, by: User | None, now: datetime, why: str = ""
) -> bool:
    """Let writes pass again; False if they did."""
    return _turn_writes(tenant, at=None, by=by, now=now, why=why)


def _turn_writes(
    tenant: Tenant, *, at: datetime | None, by: User | None, now: datetime, why: str
) -> bool:
    stopped = lock(tenant).writes_stopped_at
    if (stopped is None) == (at is None):
        return False
    tenant.writes_stopped_at = at
    tenant.save(update_fields=["writes_stopped_at"])
    record(
        "tenant.writes_resumed" if at is None else "tenant.writes_stopped",
        now=now,
        tenant=tenant.slug,
        stated_reason=why,
        **author(by),
    )
    policy_changed(tenant)
    return True


def _tenant_of(subject: Suspendable) -> Tenant:
    return subject if isinstance(subject, Tenant) else subject.tenant


def _noun(subject: Suspendable) -> str:
    return str(subject._meta.model_name)  # noqa: SLF001 - Django's public name for it


class _Named(TypedDict, total=False):
    tenant: str
    agent: str
    tool: str
    backend: str


def _named(subject: Suspendable, tenant: Tenant) -> _Named:
    match subject:
        case Agent():
            return {"tenant": tenant.slug, "agent": subject.name}
        case Route():
            return {"tenant": tenant.slug, "tool": subject.tool}
        case Backend():
            return {"tenant": tenant.slug, "backend": subject.name}
    return {"tenant": tenant.slug}
