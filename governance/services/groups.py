"""Approver groups and the people in them."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.above import tell_group_changed
from governance.changes import Changes, compare
from governance.models import ApproverGroup, GroupMembership, Membership, User
from governance.refusals import refuse_if
from governance.services.evidence import author, is_new, lock
from governance.services.wording import GROUP


@transaction.atomic
def save_group(
    group: ApproverGroup,
    *,
    members: Collection[User],
    by: User | None,
    now: datetime,
) -> Changes:
    """Create a group, or make its members exactly these.

    Whoever joins has a seat in what is asked from now on, never in what is open.
    Raises Refused if somebody is no approver of the tenant.
    """
    lock(group.tenant)
    before = None if is_new(group) else members_of(group, at=now)
    joining = set(members) - (before or set())
    refuse_if({"members": _problems(group, joining, at=now)})
    changes = _changes(group, before, set(members))
    if before is None:
        group.save(force_insert=True)
    leaving = (before or set()) - set(members)
    places = GroupMembership.objects.valid(now).filter(group=group)
    for place in places.filter(user__in=leaving):
        place.valid_to, place.ended_by = now, by
        place.save(update_fields=["valid_to", "ended_by"])
    for person in sorted(joining, key=str):
        GroupMembership.objects.create(
            group=group, user=person, valid_from=now, added_by=by
        )
    if changes:
        _record(group, changes, by, now)
    if before is not None:
        moved = joining | leaving
        tell_group_changed(group, changes.lines, moved=moved, by=by, now=now)
    return changes


def members_of(group: ApproverGroup, *, at: datetime) -> set[User]:
    """Return who has a place in a group at a moment."""
    places = GroupMembership.objects.valid(at).filter(group=group)
    return {place.user for place in places.select_related("user")}


def _changes(
    group: ApproverGroup, before: set[User] | None, after: set[User]
) -> Changes:
    def values(people: set[User]) -> dict[str, object]:
        return {"name": group.name, "members": sorted(map(str, people))}

    old = None if before is None else values(before)
    return compare(old, values(after), fields=GROUP)


def _problems(
    group: ApproverGroup, joining: Collection[User], *, at: datetime
) -> list[str]:
    held = Membership.objects.valid(at).filter(
        tenant=group.tenant, role=Membership.Role.APPROVER
    )
    approvers = set(held.values_list("user_id", flat=True))
    return [
        f"{person} is no approver of {group.tenant}. Give her that role first."
        for person in sorted(joining, key=str)
        if person.pk not in approvers
    ]


def _record(
    group: ApproverGroup, changes: Changes, by: User | None, now: datetime
) -> None:
    record(
        "group.changed",
        now=now,
        tenant=group.tenant.slug,
        summary=f"{group.name}: {changes.personal}",
        detail={"group": group.name, **changes.detail()},
        **author(by),
    )
