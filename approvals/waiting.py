"""What waits for one person, as one query over every pending request.

``approvals.eligibility`` answers for one request; a test holds the two together.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from approvals.models import Approval, Vote
from approvals.models.approval import ApprovalQuerySet
from governance.models import GroupMembership, Membership, RouteVersion, User

_CONFIRM = Q(separation=RouteVersion.Separation.CONFIRM)
_KNOWN_MILD = Q(
    separation__in=[
        RouteVersion.Separation.CONFIRM,
        RouteVersion.Separation.FOUR_EYES,
    ]
)


def waiting_for(person: User, *, now: datetime) -> ApprovalQuerySet:
    """Return the requests on which the person has a seat and has not voted."""
    return Approval.objects.pending().filter(waits_for(person, now=now))


def waits_for(person: User, *, now: datetime) -> Q:
    """Return what makes a pending request one that waits for the person."""
    voted = Vote.objects.filter(approval=OuterRef("pk"), person=person)
    return Q(~Exists(voted), _has_seat(person, now), decide_by__gt=now)


def _has_seat(person: User, now: datetime) -> Q:
    owner = Q(agent__owner=person)
    place = _has_role(person, now) & _has_place(person, now)
    apart = _CONFIRM | ~_is_near(person)
    unshaped = _KNOWN_MILD | ~_shaped(person)
    return (_CONFIRM & owner) | (place & apart & unshaped)


def _has_role(person: User, now: datetime) -> Q:
    role = Membership.objects.valid(now).filter(
        user=person,
        role=Membership.Role.APPROVER,
        tenant=OuterRef("tenant"),
        valid_from__lte=OuterRef("created_at"),
    )
    return Q(Exists(role))


def _has_place(person: User, now: datetime) -> Q:
    place = GroupMembership.objects.valid(now).filter(
        _in_group(), user=person, valid_from__lte=OuterRef("created_at")
    )
    return Q(Exists(place))


def _in_group() -> Q:
    return Q(group=OuterRef("group")) | Q(group=OuterRef("fallback_group"))


def _is_near(person: User) -> Q:
    maker = Q(key__created_by=person)
    return Q(agent__owner=person) | maker | Q(session__human=person)


def _shaped(person: User) -> Q:
    """Who published the version, or edited the group while the request was open."""
    added = Q(added_by=person, valid_from__gt=OuterRef("created_at"))
    ended = Q(ended_by=person, valid_to__gt=OuterRef("created_at"))
    edits = GroupMembership.objects.filter(_in_group(), added | ended)
    return Q(route_version__published_by=person) | Q(Exists(edits))
