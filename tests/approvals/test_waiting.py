"""What waits for a person is what she has a seat on: two answers that agree."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db.models import Model
from django.utils import timezone

from approvals.eligibility import seat_of
from approvals.models import Approval
from approvals.waiting import waiting_for
from governance.models import GroupMembership, Membership, User
from governance.models.people import GroupMembershipQuerySet, MembershipQuerySet
from tests.approvals.asking import a_world

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Case:
    """Ana, a request, and a moment after it."""

    ana: User
    asked: Approval
    now: datetime

    @property
    def before(self) -> datetime:
        return self.now - timedelta(seconds=1)

    @property
    def after_asking(self) -> datetime:
        return self.asked.created_at + timedelta(seconds=1)

    @property
    def roles(self) -> MembershipQuerySet:
        return Membership.objects.filter(user=self.ana)

    @property
    def places(self) -> GroupMembershipQuerySet:
        return GroupMembership.objects.filter(user=self.ana)

    @property
    def others(self) -> GroupMembershipQuerySet:
        return GroupMembership.objects.exclude(user=self.ana)


def _set(row: Model, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


CHANGES: dict[str, Callable[[Case], object]] = {
    "nothing": lambda case: case,
    "no role": lambda case: case.roles.delete(),
    "role ended": lambda case: case.roles.update(valid_to=case.before),
    "role came late": lambda case: case.roles.update(valid_from=case.after_asking),
    "left": lambda case: case.places.update(valid_to=case.before),
    "joined late": lambda case: case.places.update(valid_from=case.after_asking),
    "owner": lambda case: _set(case.asked.agent, owner=case.ana),
    "key maker": lambda case: _set(case.asked.key, created_by=case.ana),
    "human": lambda case: _set(case.asked.session, human=case.ana),
    "publisher": lambda case: _set(case.asked.route_version, published_by=case.ana),
    "added another": lambda case: case.others.update(
        added_by=case.ana, valid_from=case.after_asking
    ),
    "ended another": lambda case: case.others.update(
        ended_by=case.ana, valid_to=case.after_asking
    ),
    "edited before": lambda case: case.others.update(added_by=case.ana),
}


@pytest.mark.parametrize("separation", ["confirm", "four_eyes", "strict"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_waits_is_what_has_a_seat(change: str, separation: str) -> None:
    world = a_world("ana", "ben", "kim", separation=separation)
    asked = world.ask()
    ana, now = User.objects.get(username="ana"), timezone.now() + timedelta(minutes=1)

    CHANGES[change](Case(ana, asked, now))

    asked = Approval.objects.get()
    seat = seat_of(ana, asked, now=now).seat
    assert waiting_for(ana, now=now).exists() is (seat is not None)
