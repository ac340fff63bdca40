"""Which rows an admin may work with: those of the tenants that she administers."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Model, QuerySet

from governance.access import PersonRequest
from governance.models import (
    Agent,
    ApproverGroup,
    Backend,
    CredentialLane,
    ImportedDraft,
    Membership,
    Route,
    RouteVersion,
    Tenant,
    Toolset,
    User,
)

# The way from a row to its tenant.
_TENANT: Final[Mapping[type[Model], str]] = {
    Agent: "tenant",
    ApproverGroup: "tenant",
    Backend: "tenant",
    CredentialLane: "tenant",
    ImportedDraft: "tenant",
    Route: "tenant",
    RouteVersion: "route__tenant",
    Tenant: "pk",
    Toolset: "tenant",
    User: "memberships__tenant",
}


def administered(request: PersonRequest) -> frozenset[int]:
    """Return the ids of the tenants that the person administers."""
    return request.access.tenants(Membership.Role.ADMIN)


def is_admin(request: PersonRequest) -> bool:
    """Whether there is anything that she may configure."""
    return request.user.is_superuser or bool(administered(request))


def within(rows: QuerySet[Any], request: PersonRequest, *, path: str) -> QuerySet[Any]:
    """Keep the rows of her tenants; an operator sees all."""
    if request.user.is_superuser:
        return rows
    return rows.filter(**{f"{path}__in": administered(request)}).distinct()


def choices(rows: QuerySet[Any], request: PersonRequest) -> QuerySet[Any]:
    """Return those of the rows that she may choose from in a form."""
    return within(rows, request, path=_TENANT[rows.model])


def of_tenant(rows: QuerySet[Any], tenant: Tenant) -> QuerySet[Any]:
    """Keep the rows of one tenant."""
    return rows.filter(**{_TENANT[rows.model]: tenant.pk}).distinct()


def is_scoped(model: type[Model]) -> bool:
    """Whether rows of this kind belong to tenants."""
    return model in _TENANT
