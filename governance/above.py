"""What publishing and the try-it page need from layers above, called by name.

The settings hold dotted paths, so imports stay one straight line; what is called runs
in the caller's transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from governance.changes import Changes
from governance.imports import Command, Proposal
from governance.models import (
    Agent,
    ApproverGroup,
    Backend,
    CredentialLane,
    Imported,
    Route,
    RouteVersion,
    Tenant,
    User,
)


@dataclass(frozen=True, slots=True)
class Voter:
    """One person who could be asked about a call, or why she can't."""

    person: str
    seat: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Habit:
    """What people nearly always say yes to, and what could be said instead of asking.

    ``schema`` takes only ``values``, the sentences on what every approved request had
    in common; None if there is nothing of the kind.
    """

    sentence: str
    values: tuple[str, ...]
    schema: dict[str, object] | None
    may_go_unasked: bool


class Preview(Protocol):
    """The exact request that a backend would get, less the credential."""

    @property
    def method(self) -> str:
        """Its method."""

    @property
    def url(self) -> str:
        """Its whole URL."""

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """Its headers, in order."""

    @property
    def body(self) -> str:
        """Its body; empty if it has none."""


class Power(Protocol):
    """What one call's credential could do, as a lane would ask for it."""

    @property
    def sentences(self) -> Sequence[str]:
        """What it could do, in words."""

    @property
    def is_narrowed(self) -> bool:
        """Whether the scope narrows it."""


class Proof(Protocol):
    """One thing of a lane that was looked at, and what came out."""

    @property
    def is_good(self) -> bool:
        """Whether it holds."""

    @property
    def sentence(self) -> str:
        """What holds, or what to mend."""


def check_route(version: RouteVersion, *, now: datetime) -> list[str]:
    """Return a sentence for each agent whose calls nobody could approve."""
    check = import_string(settings.ROUTE_CHECK)
    return cast("list[str]", check(version, now=now))


def route_changed(
    route_ids: Sequence[int], *, now: datetime, by: User | None, why: str
) -> None:
    """End what was asked for and approved of these routes as they were."""
    if route_ids:
        import_string(settings.ROUTE_CHANGED)(route_ids, now=now, by=by, why=why)


def habit_of(route: Route, *, now: datetime, with_values: bool = True) -> Habit | None:
    """Return what this route's requests have in common, if people always say yes.

    Without the values, which are read from many requests, there is no schema either.
    """
    find = import_string(settings.ROUTE_HABIT)
    return cast("Habit | None", find(route, now=now, with_values=with_values))


def tell_sign_in_changed(person: User, change: str, *, now: datetime) -> None:
    """Tell a person and her admins that another way to sign in as her is open, or shut.

    ``change`` is ``password_set`` or allauth's name, such as ``webauthn_added``.
    """
    import_string(settings.SIGN_IN_CHANGED)(person, change, at=now)


def void_links(person: User, *, by: User | None, now: datetime) -> None:
    """End what leads to a deactivated person's requests, or acts in her name."""
    import_string(settings.PERSON_LEFT)(person, by=by, now=now)


def tell_weaker(
    what: str, changes: Changes, *, tenant: Tenant, by: User | None, now: datetime
) -> None:
    """Name a change that lets more happen than before to all admins of a tenant."""
    if changes.weaker:
        tell = import_string(settings.CONFIGURATION_CHANGED)
        tell("weakened", tenant, what=what, lines=changes.weaker, by=by, at=now)


def tell_rule_changed(
    route: Route, lines: Sequence[str], *, by: User | None, now: datetime
) -> None:
    """Name what changed in who has to approve a tool to all admins of its tenant."""
    if lines:
        tell = import_string(settings.CONFIGURATION_CHANGED)
        tell("rule_changed", route.tenant, what=route.tool, lines=lines, by=by, at=now)


def tell_group_changed(
    group: ApproverGroup,
    lines: Sequence[str],
    *,
    moved: Collection[User],
    by: User | None,
    now: datetime,
) -> None:
    """Tell whoever came or went, and the admins, that a group has other people."""
    if moved:
        tell = import_string(settings.CONFIGURATION_CHANGED)
        tell(
            "group_changed",
            group.tenant,
            what=group.name,
            lines=lines,
            by=by,
            at=now,
            people=moved,
        )


def preview(version: RouteVersion, args: Mapping[str, object]) -> Preview:
    """Return the request that these arguments make; nothing is sent."""
    return cast("Preview", import_string(settings.ROUTE_PREVIEW)(version, dict(args)))


def power_of(version: RouteVersion, scope: str) -> Power:
    """Return what the credential of a call with this scope could do.

    Raises ValueError if the lane's map can't be filled from the scope.
    """
    return cast("Power", import_string(settings.LANE_POWER)(version, scope))


def prove_lane(lane: CredentialLane, *, now: datetime) -> Sequence[Proof]:
    """Ask a lane's issuer whether it would lend; nothing of the remote is touched."""
    return cast("Sequence[Proof]", import_string(settings.LANE_PROOF)(lane, now=now))


def voters(version: RouteVersion, *, agent: Agent, now: datetime) -> list[Voter]:
    """Return who could approve this agent's call right now, and who can't and why."""
    found = import_string(settings.ROUTE_VOTERS)(version, agent=agent, now=now)
    return [Voter(str(person), seat, sentence) for person, seat, sentence in found]


def openapi_proposals(
    raw: bytes, *, backend: str, names: Mapping[str, str], taken: frozenset[str]
) -> list[Proposal]:
    """Return a proposal for each operation of a document.  Raises SourceRefused."""
    read = import_string(settings.IMPORTS["openapi"])
    proposals = read(raw, backend=backend, names=names, taken=taken)
    return cast("list[Proposal]", proposals)


def read_curl(text: str) -> Command:
    """Return what a curl command asks for.  Raises SourceRefused."""
    return cast("Command", import_string(settings.IMPORTS["curl"])(text))


def import_tools(
    backend: Backend, *, lane: CredentialLane, by: User | None, now: datetime
) -> Imported:
    """List an upstream's tools by a governed call, and make drafts of them.

    Raises Refused, SourceRefused.
    """
    work = import_string(settings.IMPORTS["tools"])
    return cast("Imported", work(backend, lane=lane, by=by, now=now))
