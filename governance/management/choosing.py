"""Rows that the arguments of commands name."""

from django.core.management.base import CommandError

from governance.models import Backend, CredentialLane, User


def chosen_backend(name: str, *, tenant: str | None) -> Backend:
    """Return the backend of this name.  Raises CommandError."""
    found = Backend.objects.filter(name=name).select_related("tenant")
    if tenant is not None:
        found = found.filter(tenant__slug=tenant)
    rows = list(found[:2])
    if not rows:
        raise CommandError(f"There is no backend “{name}”. Make it in the admin first.")
    if rows[1:]:
        raise CommandError(f"Several tenants have a backend “{name}”: add --tenant.")
    return rows[0]


def chosen_lane(name: str, *, backend: Backend) -> CredentialLane:
    """Return the lane of this name in the backend's tenant.  Raises CommandError."""
    lanes = CredentialLane.objects.filter(tenant=backend.tenant_id, name=name)
    lane = lanes.select_related("tenant").first()
    if lane is None:
        raise CommandError(f"{backend.tenant} has no lane “{name}”.")
    return lane


def chosen_person(username: str | None) -> User | None:
    """Return the person of this user name, if one is named.  Raises CommandError."""
    if username is None:
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active person “{username}”.")
    return person
