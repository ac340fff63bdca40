"""Quorums that can be met, and those that can't: refused as published and as asked."""

from typing import Any

import pytest

from approvals.models import Approval
from governance.decision import Reason
from governance.errors import Denied
from governance.models import ApproverGroup, GroupMembership, User
from governance.refusals import Refused
from tests.approvals.asking import World, a_world
from tests.factories import GroupMembershipFactory, person, published_route

pytestmark = pytest.mark.django_db(transaction=True)

# Sam owns the agent and made its key; Ben publishes the route.
CASES = [
    ("confirm", 1, [], True),
    ("confirm", 1, ["sam"], True),
    ("confirm", 2, ["ana"], True),
    ("confirm", 2, [], False),
    ("confirm", 2, ["sam"], False),
    ("four_eyes", 1, [], False),
    ("four_eyes", 1, ["sam"], False),
    ("four_eyes", 1, ["sam", "ana"], True),
    ("four_eyes", 1, ["ben"], True),
    ("four_eyes", 2, ["sam", "ana"], False),
    ("four_eyes", 2, ["ana", "ben"], True),
    ("strict", 1, ["ben"], False),
    ("strict", 1, ["sam", "ben"], False),
    ("strict", 1, ["ben", "ana"], True),
    ("strict", 2, ["ben", "ana"], False),
    ("strict", 2, ["ben", "ana", "zoe"], True),
]


def a_world_of(separation: str, quorum: int) -> World:
    """Return a world whose rule everybody together can meet."""
    by = person("ben")
    return a_world(
        *("sam", "ana", "ben", "zoe"), separation=separation, quorum=quorum, by=by
    )


def leave_only(members: list[str]) -> ApproverGroup:
    GroupMembership.objects.all().delete()
    group = ApproverGroup.objects.get()
    for name in members:
        user = User.objects.get(username=name)
        GroupMembershipFactory.create(group=group, user=user)
    return group


@pytest.mark.parametrize(("separation", "quorum", "members", "is_met"), CASES)
def test_a_request_is_opened_only_where_enough_people_are_left(
    separation: str, quorum: int, members: list[str], is_met: bool
) -> None:
    world = a_world_of(separation, quorum)
    leave_only(members)

    if is_met:
        assert world.ask().state == "pending"
        return
    with pytest.raises(Denied) as denial:
        world.ask()
    assert denial.value.reason is Reason.APPROVAL_UNSATISFIABLE
    assert not Approval.objects.exists()


@pytest.mark.parametrize(("separation", "quorum", "members", "is_met"), CASES)
def test_a_version_is_published_only_where_enough_people_are_left(
    separation: str, quorum: int, members: list[str], is_met: bool
) -> None:
    world = a_world_of("four_eyes", 1)
    group = leave_only(members)
    content: dict[str, Any] = {
        "route": world.route,
        "group": group,
        "number": 2,
        "separation": separation,
        "quorum": quorum,
        "by": User.objects.get(username="ben"),
    }

    if is_met:
        published_route(**content)
        world.route.refresh_from_db()
        assert world.route.published is not None
        assert world.route.published.separation == separation
        return
    with pytest.raises(Refused):
        published_route(**content)
