"""One tenant of the file, section by section, through the services.

What the file names becomes exactly so; what it leaves out stays as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit.services import record
from governance import services
from governance.loading.document import DocumentInvalid
from governance.loading.lines import Lines, Path
from governance.loading.versions import Unknown, in_the_file, version_from
from governance.models import (
    Agent,
    ApproverGroup,
    Backend,
    CredentialLane,
    Membership,
    Route,
    RouteVersion,
    Tenant,
    Toolset,
    User,
)
from governance.refusals import Refused
from governance.services.evidence import author

Said = Mapping[str, Any]
ReadSecret = Callable[[Said], str | None]


@dataclass(slots=True)
class TenantLoading:
    """The work on one tenant; ``lines`` says what was changed, ``wrong`` what not."""

    tenant: Tenant
    where: Lines
    read_secret: ReadSecret
    by: User | None
    now: datetime
    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def load(self, said: Said) -> None:
        """Make the tenant what the file says of it.

        Raises DocumentInvalid with every mistake of the first section that has any.
        """
        self._each("tenant", [(self.tenant.slug, said)], self._tenant)
        self._each("roles of", self._everybody(said), self._roles)
        for kind, work in (
            ("group", self._group),
            ("backend", self._backend),
            ("lane", self._lane),
            ("route", self._route),
            ("toolset", self._toolset),
            ("agent", self._agent),
        ):
            self._each(kind, said.get(f"{kind}s", {}).items(), work)

    def recorded(self, digest: str) -> list[str]:
        """Return what was changed, with a record of the file if anything was."""
        if self.lines:
            record(
                "route.imported",
                now=self.now,
                tenant=self.tenant.slug,
                detail={"file": f"sha256:{digest}", "differences": len(self.lines)},
                **author(self.by),
            )
        return self.lines

    def _each(
        self,
        kind: str,
        section: Iterable[tuple[str, Any]],
        work: Callable[[str, Any], Iterable[str]],
    ) -> None:
        for name, said in section:
            place = f"{self.tenant.slug}: {kind} {name}"
            at = ("tenants", self.tenant.slug, *_SECTIONS.get(kind, (f"{kind}s", name)))
            try:
                self.lines += [f"{place}: {line}" for line in work(name, said)]
            except Refused as error:
                self.wrong += self._refused(error, place, at)
            except Unknown as error:
                line = self.where.place(at, name=error.name)
                self.wrong.append(f"{line}, {place}: {error}")
        if self.wrong:
            raise DocumentInvalid(self.wrong)

    def _refused(self, error: Refused, place: str, at: Path) -> Iterable[str]:
        for field_name, said in error.fields.items():
            words = in_the_file(field_name)
            line = self.where.place((*at, *words))
            told = f"{words[-1].replace('_', ' ')}: " if words else ""
            yield from (f"{line}, {place}: {told}{sentence}" for sentence in said)

    def _told(self) -> dict[str, Any]:
        return {"by": self.by, "now": self.now}

    def _tenant(self, _slug: str, said: Said) -> Iterable[str]:
        self.tenant.name = said["name"]
        self.tenant.time_zone = said.get("time_zone", "UTC")
        self.tenant.retention_days = said.get("retention_days", 400)
        return services.save_tenant(self.tenant, **self._told()).lines

    def _everybody(self, said: Said) -> Iterable[tuple[str, list[str]]]:
        if "roles" not in said:
            return []
        held = Membership.objects.valid(self.now).filter(tenant=self.tenant)
        others: dict[str, list[str]] = {
            name: [] for name in held.values_list("user__username", flat=True)
        }
        return {**others, **said["roles"]}.items()

    def _roles(self, username: str, roles: list[str]) -> Iterable[str]:
        person = self._person(username)
        held = Membership.objects.valid(self.now).filter(
            tenant=self.tenant, user=person
        )
        for membership in held.exclude(role__in=roles):
            services.end_membership(membership, **self._told())
            yield f"no longer {membership.role}"
        for role in roles:
            if services.grant_membership(
                person, tenant=self.tenant, role=role, **self._told()
            ):
                yield f"now {role}"

    def _group(self, name: str, members: list[str]) -> Iterable[str]:
        group = self._named(ApproverGroup, name)
        people = [self._person(username) for username in members]
        return services.save_group(group, members=people, **self._told()).lines

    def _backend(self, name: str, said: Said) -> Iterable[str]:
        backend = self._named(Backend, name)
        _fill(backend, said, usual=_BACKEND)
        return services.save_backend(backend, **self._told()).lines

    def _lane(self, name: str, said: Said) -> Iterable[str]:
        lane = self._named(CredentialLane, name)
        _fill(lane, said, usual=_LANE)
        if lane.pk and said["kind"] != CredentialLane.objects.get(pk=lane.pk).kind:
            raise Unknown("a lane keeps its kind. Make another one.", name=said["kind"])
        yield from services.save_lane(lane, **self._told()).lines
        secret = self.read_secret(said)
        if secret is not None and services.replace_secret(lane, secret, **self._told()):
            yield "the secret was replaced"

    def _route(self, tool: str, said: Said) -> Iterable[str]:
        route = Route.objects.filter(tenant=self.tenant, tool=tool).first()
        if route is None:
            route = Route(tenant=self.tenant, tool=tool)
            services.create_route(route, **self._told())
        version = version_from(route, said, find=self._find)
        changes = services.changes_from(route.published, version)
        if changes:
            self._publish(version)
        return changes.lines

    def _publish(self, version: RouteVersion) -> None:
        # The file is what was reviewed: an open draft becomes what it says.
        open_draft = version.route.versions.filter(state=RouteVersion.State.DRAFT)
        if draft := open_draft.first():
            version.pk, version.number = draft.pk, draft.number
            version._state.adding = False  # noqa: SLF001 - documented
        services.save_draft(version, **self._told())
        services.publish_route(version, **self._told())

    def _toolset(self, name: str, said: Mapping[str, list[str]]) -> Iterable[str]:
        toolset = self._named(Toolset, name)
        entries = {self._tool(tool): patterns for tool, patterns in said.items()}
        return services.save_toolset(toolset, entries=entries, **self._told()).lines

    def _agent(self, name: str, said: Said) -> Iterable[str]:
        agent = self._named(Agent, name)
        agent.owner = self._person(said["owner"])
        toolsets = [self._find(Toolset, each) for each in said.get("toolsets", [])]
        return services.save_agent(agent, toolsets=toolsets, **self._told()).lines

    def _named(self, model: Any, name: str) -> Any:
        kept = model.objects.filter(tenant=self.tenant, name=name).first()
        return kept or model(tenant=self.tenant, name=name)

    def _find(self, model: Any, name: str) -> Any:
        row = self._named(model, name)
        if row.pk is None:
            kind = model._meta.verbose_name  # noqa: SLF001 - Django's public name
            raise Unknown(f"{self.tenant.slug} has no {kind} “{name}”.", name=name)
        return row

    def _tool(self, tool: str) -> Route:
        route = Route.objects.filter(tenant=self.tenant, tool=tool).first()
        if route is None:
            raise Unknown(f"{self.tenant.slug} has no route “{tool}”.", name=tool)
        return route

    def _person(self, username: str) -> User:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise Unknown(
                f"there is no person “{username}”. Create the account first.",
                name=username,
            )
        return person


# Where what is not a section by its name stands within a tenant of the file.
_SECTIONS: Mapping[str, Path] = {"tenant": (), "roles of": ("roles",)}
_BACKEND: Mapping[str, Any] = {
    "kind": "http",
    "base_url": "",
    "allowed_cidrs": [],
    "timeout_seconds": 30,
    "max_response_bytes": 1_048_576,
    "max_concurrent": 16,
    "ca_pem": "",
}
_LANE: Mapping[str, Any] = {
    "kind": "none",
    "privilege": "read",
    "placement": {},
    "settings": {},
    "narrowing": {},
    "max_seconds": 3600,
    "reuse_seconds": 0,
}


def _fill(row: Any, said: Said, *, usual: Mapping[str, Any]) -> None:
    for name, value in usual.items():
        setattr(row, name, said.get(name, value))
