"""Who may vote, in which seat, and why not: the only place that answers it.

A seat needs an active person, an approver's membership and a place in the rule's
group; both must have begun before the request was opened, so an electorate shrinks and
never grows.  Exclusions win over everything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from approvals.models import Approval, Vote
from governance.decision import Reason
from governance.models import GroupMembership, Membership, RouteVersion, User

_Separation = RouteVersion.Separation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What decides who may vote on one request.

    ``fallback_group_id`` is set only where that group has joined; ``opened_at`` is
    None for a request that is only thought of.
    """

    tenant_id: int
    group_id: int
    fallback_group_id: int | None = None
    quorum: int
    separation: str
    owner_id: int
    key_maker_id: int | None
    human_id: int | None
    publisher_id: int | None
    opened_at: datetime | None = None

    @classmethod
    def of(cls, approval: Approval) -> Self:
        """Return the rule of an open request."""
        return cls(
            tenant_id=approval.tenant_id,
            group_id=approval.group_id,
            fallback_group_id=approval.fallback_group_id,
            quorum=approval.quorum,
            separation=approval.separation,
            owner_id=approval.agent.owner_id,
            key_maker_id=approval.key.created_by_id,
            human_id=approval.session.human_id,
            publisher_id=approval.route_version.published_by_id,
            opened_at=approval.created_at,
        )

    @property
    def groups(self) -> list[int]:
        """The groups that give a seat, the first one first."""
        fallback = self.fallback_group_id
        return [self.group_id] if fallback is None else [self.group_id, fallback]

    @property
    def is_confirmed_by_owner(self) -> bool:
        """Whether the agent's owner has a seat by being the owner."""
        return self.separation == _Separation.CONFIRM

    @property
    def is_strict(self) -> bool:
        """Whether who shaped the rule is excluded; what is not known is strict."""
        return self.separation not in (_Separation.CONFIRM, _Separation.FOUR_EYES)

    def exclusions(self, editors: Iterable[int]) -> dict[int, Promise]:
        """Return who can't vote, and why; ``editors`` count under ``strict`` only."""
        if self.is_confirmed_by_owner:
            return {}
        reasons: list[tuple[int | None, Promise]] = []
        if self.is_strict:
            edited = _("edited the approver group while this was open")
            reasons += [(editor, edited) for editor in editors]
            reasons += [(self.publisher_id, _("published the version in force"))]
        reasons += [
            (self.human_id, _("is the person whom the session speaks for")),
            (self.key_maker_id, _("made the key that asked")),
            (self.owner_id, _("owns the agent")),
        ]
        return {person: why for person, why in reasons if person is not None}


@dataclass(frozen=True, slots=True)
class SeatAnswer:
    """A person's seat, or None and the ``reason`` of the refusal.

    ``why`` follows a name: "Ana is in the approver group".
    """

    person: User
    seat: Vote.Seat | None
    why: Promise
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class _Electorate:
    """The rows that answer for one rule at one moment, read once."""

    rule: Rule
    now: datetime
    places: Mapping[int, list[GroupMembership]]
    approver_since: Mapping[int, datetime]
    excluded: Mapping[int, Promise]

    def answer(self, person: User) -> SeatAnswer:
        """Answer for anybody, in the group or not."""
        if not person.is_active:
            return _no_seat(person, _("has no active account"))
        if why := self.excluded.get(person.pk):
            return SeatAnswer(person, None, why, Reason.VOTE_EXCLUDED)
        if self.rule.is_confirmed_by_owner and person.pk == self.rule.owner_id:
            why = _("owns the agent and may confirm")
            return SeatAnswer(person, Vote.Seat.OWNER, why)
        if why := self._missing_role(person):
            return _no_seat(person, why)
        return self._place(person)

    def _missing_role(self, person: User) -> Promise | None:
        since = self.approver_since.get(person.pk)
        if since is None:
            return _("is no approver of this tenant")
        late = _("became an approver after this was asked")
        return late if self._late(since) else None

    def _place(self, person: User) -> SeatAnswer:
        places = self.places.get(person.pk, [])
        valid = [place for place in places if _is_valid(place, self.now)]
        if not valid:
            left = (
                _("has left the approver group")
                if places
                else _("is in no group for it")
            )
            return _no_seat(person, left)
        timely = {p.group_id for p in valid if not self._late(p.valid_from)}
        if self.rule.group_id in timely:
            return SeatAnswer(person, Vote.Seat.MEMBER, _("is in the approver group"))
        if timely:
            return SeatAnswer(person, Vote.Seat.FALLBACK, _("is in the fallback group"))
        return _no_seat(person, _("joined the approver group after this was asked"))

    def _late(self, since: datetime) -> bool:
        return self.rule.opened_at is not None and since > self.rule.opened_at

    def people(self) -> list[User]:
        """Return everybody whom the rule concerns, by name."""
        found = {places[0].user.pk: places[0].user for places in self.places.values()}
        if self.rule.is_confirmed_by_owner and self.rule.owner_id not in found:
            found[self.rule.owner_id] = User.objects.get(pk=self.rule.owner_id)
        return sorted(found.values(), key=lambda person: person.username)


def seats(asked: Approval | Rule, *, now: datetime) -> list[SeatAnswer]:
    """Answer for everybody whom the request's rule concerns, by name."""
    electorate = _electorate(asked, now=now)
    return [electorate.answer(person) for person in electorate.people()]


def seated(asked: Approval | Rule, *, now: datetime) -> list[User]:
    """Return the people who may vote at this moment."""
    return [answer.person for answer in seats(asked, now=now) if answer.seat]


def seat_of(person: User, asked: Approval | Rule, *, now: datetime) -> SeatAnswer:
    """Answer for one person, whoever that is."""
    return _electorate(asked, now=now).answer(person)


def with_fallback(rule: Rule, group_id: int | None, *, now: datetime) -> Rule:
    """Let the fallback group join where too few are left without it."""
    if group_id is None or len(seated(rule, now=now)) >= rule.quorum:
        return rule
    return replace(rule, fallback_group_id=group_id)


def _no_seat(person: User, why: Promise) -> SeatAnswer:
    return SeatAnswer(person, None, why, Reason.VOTE_NO_SEAT)


def _is_valid(place: GroupMembership, now: datetime) -> bool:
    return place.valid_from <= now and (place.valid_to is None or place.valid_to > now)


def _electorate(asked: Approval | Rule, *, now: datetime) -> _Electorate:
    rule = asked if isinstance(asked, Rule) else Rule.of(asked)
    return _Electorate(
        rule=rule,
        now=now,
        places=_places(rule, now),
        approver_since=_approvers(rule, now),
        excluded=rule.exclusions(_editors(rule)),
    )


def _places(rule: Rule, now: datetime) -> dict[int, list[GroupMembership]]:
    since = rule.opened_at or now
    rows = GroupMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=since),
        group__in=rule.groups,
        valid_from__lte=now,
    ).select_related("user")
    places: dict[int, list[GroupMembership]] = {}
    for row in rows:
        places.setdefault(row.user_id, []).append(row)
    return places


def _approvers(rule: Rule, now: datetime) -> dict[int, datetime]:
    rows = (
        Membership.objects.valid(now)
        .filter(tenant=rule.tenant_id, role=Membership.Role.APPROVER)
        .order_by("-valid_from")  # the earliest one last, and so it stays
        .values_list("user_id", "valid_from")
    )
    return dict(rows)


def _editors(rule: Rule) -> set[int]:
    """Return who edited the groups since the request was opened."""
    if rule.opened_at is None or not rule.is_strict:
        return set()
    edits = GroupMembership.objects.filter(group__in=rule.groups)
    added = edits.filter(valid_from__gt=rule.opened_at, added_by__isnull=False)
    ended = edits.filter(valid_to__gt=rule.opened_at, ended_by__isnull=False)
    return {
        *added.values_list("added_by_id", flat=True),
        *ended.values_list("ended_by_id", flat=True),
    }
