"""What a person may see, by the roles that she holds now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from audit.access import NOTHING, AuditScope
from governance.languages import language_of
from governance.models import Agent, Membership, User

Handler = Callable[[HttpRequest], HttpResponse]
_AUDITORS: Final = frozenset({Membership.Role.AUDITOR, Membership.Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Access:
    """A person's roles, as tenant ids and slugs; an operator may see all evidence."""

    roles: frozenset[tuple[int, str, str]] = frozenset()
    is_operator: bool = False
    owned: frozenset[int] = frozenset()  # the tenants of her own agents
    zone: tzinfo = UTC

    @classmethod
    def of(cls, person: User, *, at: datetime) -> Self:
        """Read the roles that hold at a moment."""
        held = Membership.objects.valid(at).filter(user=person)
        fields = "tenant_id", "tenant__slug", "role", "tenant__time_zone"
        own = Agent.objects.filter(owner=person)
        rows = held.values_list(*fields)
        zones = [person.time_zone, *(zone for *_, zone in rows)]
        return cls(
            frozenset((pk, slug, role) for pk, slug, role, _ in rows),
            is_operator=person.is_superuser,
            owned=frozenset(own.values_list("tenant_id", flat=True)),
            zone=zone_of(next(filter(None, zones), "UTC")),
        )

    def tenants(self, *roles: str) -> frozenset[int]:
        """Return the ids of the tenants where she holds one of the roles."""
        return frozenset(pk for pk, _, role in self.roles if role in roles)

    def slugs(self, *roles: str) -> frozenset[str]:
        """Return the slugs of the tenants where she holds one of the roles."""
        return frozenset(slug for _, slug, role in self.roles if role in roles)

    @property
    def owns_agents(self) -> bool:
        """Whether an agent is hers."""
        return bool(self.owned)

    @property
    def all_tenants(self) -> frozenset[int]:
        """The ids of the tenants where she holds any role."""
        return frozenset(pk for pk, _, _ in self.roles)

    @property
    def audit_scope(self) -> AuditScope:
        """Whose evidence she may read: auditors and admins, their tenants'."""
        if self.is_operator:
            return AuditScope(None)
        return AuditScope(self.slugs(*_AUDITORS))

    @property
    def sees_approvals(self) -> bool:
        """Whether the inbox is for her; owners see what their agents asked."""
        return bool(self.roles) or self.owns_agents

    @property
    def sees_audit(self) -> bool:
        """Whether there is evidence that she may read."""
        return not self.audit_scope.is_empty

    @property
    def sees_mailbox(self) -> bool:
        """Whether mail goes to files that a page shows: in the demo only."""
        return bool(settings.MODE == "demo")


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name; UTC where nothing is known by it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


class PersonRequest(HttpRequest):
    """A request of a person, after ``RequireSignIn`` and ``PersonAccess``."""

    user: User
    access: Access
    audit_scope: AuditScope


class PersonAccess:
    """Put the person's access on the request, read afresh each time."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; nobody signed in, or an agent, may see nothing."""
        for_agents = request.path_info.startswith(settings.AGENT_PREFIXES)
        request.access = Access()  # type: ignore[attr-defined]
        request.audit_scope = NOTHING  # type: ignore[attr-defined]
        if not for_agents and isinstance(request.user, User):
            access = Access.of(request.user, at=timezone.now())
            request.access = access  # type: ignore[attr-defined]
            request.audit_scope = access.audit_scope  # type: ignore[attr-defined]
            _speak(request, request.user)
        return self.get_response(request)


def _speak(request: HttpRequest, person: User) -> None:
    """Let her choice go before what her browser asks for."""
    if person.language and person.language == (chosen := language_of(person)):
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
