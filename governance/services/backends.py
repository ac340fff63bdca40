"""Backends: where calls may go."""

from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.above import route_changed, tell_weaker
from governance.changes import Changes
from governance.models import Backend, Route, User
from governance.refusals import refuse_if
from governance.refusals.backends import backend_problems
from governance.services.evidence import (
    author,
    differences,
    is_new,
    lock,
    policy_changed,
    save_sealed,
)
from governance.services.wording import BACKEND


def save_backend(backend: Backend, *, by: User | None, now: datetime) -> Changes:
    """Create or change a backend; its name stays.

    What was approved on its routes was approved for the backend as it was, so it ends
    as after publishing.  Raises Refused.
    """
    refuse_if(backend_problems(backend))  # resolves the name: not in the transaction
    return _save(backend, by=by, now=now)


@transaction.atomic
def _save(backend: Backend, *, by: User | None, now: datetime) -> Changes:
    tenant = lock(backend.tenant)
    new = is_new(backend)
    if not new:
        kept = Backend.objects.get(pk=backend.pk)
        backend.name, backend.version = kept.name, kept.version
    changes = differences(backend, BACKEND)
    if not changes:
        return changes
    save_sealed(backend, kind="backend", fields=BACKEND, new=new)
    route_changed(
        _routes_on(backend), now=now, by=by, why=f"backend {backend.name} was changed"
    )
    record(
        "backend.created" if new else "backend.changed",
        now=now,
        tenant=tenant.slug,
        backend=backend.name,
        detail=changes.detail(),
        **author(by),
    )
    what = f"backend {backend.name}"
    tell_weaker(what, changes, tenant=tenant, by=by, now=now)
    policy_changed(tenant)
    return changes


def _routes_on(backend: Backend) -> list[int]:
    # Lock order everywhere: route, approval, claim.
    routes = Route.objects.filter(published__backend=backend).order_by("pk")
    return [route.pk for route in routes.select_for_update(of=("self",))]
