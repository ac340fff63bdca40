"""Who may vote: persons, relations and times as a table."""

from datetime import timedelta

import pytest

from approvals import eligibility
from approvals.eligibility import Rule, SeatAnswer
from approvals.models import Vote
from approvals.routes import check_route, who_could_vote
from governance.decision import Reason
from governance.models import Agent, AgentKey, GroupMembership, Membership, User
from tests.approvals.asking import a_world
from tests.factories import (
    LONG_AGO,
    NOW,
    ApproverGroupFactory,
    GroupMembershipFactory,
    TenantFactory,
    UserFactory,
    person,
    published_route,
    reviewers,
)

pytestmark = pytest.mark.django_db

MEMBER, FALLBACK, OWNER = Vote.Seat.MEMBER, Vote.Seat.FALLBACK, Vote.Seat.OWNER
EXCLUDED, NO_SEAT = Reason.VOTE_EXCLUDED, Reason.VOTE_NO_SEAT
OPENED = NOW - timedelta(hours=1)
BEFORE, SINCE = OPENED - timedelta(minutes=1), OPENED + timedelta(minutes=1)

IN_GROUP = ("owner", "maker", "human", "publisher", "editor", "ana")


def a_rule(separation: str = "four_eyes", *, quorum: int = 1) -> Rule:
    """Return a rule to whose group everybody with a part in the request belongs."""
    tenant = TenantFactory.create()
    group = reviewers(*IN_GROUP)
    fallback = ApproverGroupFactory.create(name="fallback")
    GroupMembershipFactory.create(group=fallback, user=person("ben", "approver"))
    person("olu", "approver")
    ids = {user.username: user.pk for user in User.objects.all()}
    edited = {"group": group, "user": UserFactory.create(username="zoe")}
    GroupMembershipFactory.create(
        **edited, valid_from=SINCE, added_by=User.objects.get(username="editor")
    )
    return Rule(
        tenant_id=tenant.pk,
        group_id=group.pk,
        fallback_group_id=fallback.pk,
        quorum=quorum,
        separation=separation,
        owner_id=ids["owner"],
        key_maker_id=ids["maker"],
        human_id=ids["human"],
        publisher_id=ids["publisher"],
        opened_at=OPENED,
    )


def answer(rule: Rule, name: str) -> SeatAnswer:
    return eligibility.seat_of(User.objects.get(username=name), rule, now=NOW)


@pytest.mark.parametrize(
    ("name", "confirm", "four_eyes", "strict"),
    [
        ("owner", OWNER, EXCLUDED, EXCLUDED),
        ("maker", MEMBER, EXCLUDED, EXCLUDED),
        ("human", MEMBER, EXCLUDED, EXCLUDED),
        ("publisher", MEMBER, MEMBER, EXCLUDED),
        ("editor", MEMBER, MEMBER, EXCLUDED),
        ("ana", MEMBER, MEMBER, MEMBER),
        ("ben", FALLBACK, FALLBACK, FALLBACK),
        ("olu", NO_SEAT, NO_SEAT, NO_SEAT),
        ("zoe", NO_SEAT, NO_SEAT, NO_SEAT),
    ],
)
def test_the_separation_says_who_has_a_seat(
    name: str, confirm: str, four_eyes: str, strict: str
) -> None:
    rules = {"confirm": confirm, "four_eyes": four_eyes, "strict": strict}
    for separation, expected in rules.items():
        rule = a_rule(separation)
        found = answer(rule, name)
        GroupMembership.objects.all().delete()
        Membership.objects.all().delete()
        assert (found.seat or found.reason) == expected, separation


def test_a_separation_that_nobody_knows_is_the_strictest() -> None:
    rule = a_rule("anything")

    assert answer(rule, "publisher").reason is EXCLUDED
    assert answer(rule, "editor").reason is EXCLUDED


@pytest.mark.parametrize(
    ("begun", "ended", "expected"),
    [
        (LONG_AGO, None, MEMBER),
        (BEFORE, None, MEMBER),
        (OPENED, None, MEMBER),
        (SINCE, None, NO_SEAT),
        (LONG_AGO, SINCE, NO_SEAT),
        (LONG_AGO, BEFORE, NO_SEAT),
        (LONG_AGO, NOW + timedelta(seconds=1), MEMBER),
        (NOW + timedelta(seconds=1), None, NO_SEAT),
    ],
    ids=["long ago", "before", "as asked", "after", "left", "gone", "leaving", "later"],
)
@pytest.mark.parametrize("kind", [GroupMembership, Membership], ids=["place", "role"])
def test_place_and_role_must_have_begun_before_the_request_and_still_hold(
    kind: type[GroupMembership | Membership],
    begun: object,
    ended: object,
    expected: str,
) -> None:
    rule = a_rule()
    kind.objects.filter(user__username="ana").update(valid_from=begun, valid_to=ended)

    found = answer(rule, "ana")

    assert (found.seat or found.reason) == expected


def test_who_left_and_came_back_has_no_seat_in_what_was_open() -> None:
    rule = a_rule()
    places = GroupMembership.objects.filter(user__username="ana")
    places.update(valid_to=SINCE)
    GroupMembershipFactory.create(user=User.objects.get(username="ana"), valid_from=NOW)

    why = str(answer(rule, "ana").why)
    assert why == "joined the approver group after this was asked"


def test_an_inactive_person_has_no_seat_not_even_as_owner() -> None:
    rule = a_rule("confirm")
    User.objects.filter(username__in=["ana", "owner"]).update(is_active=False)

    assert answer(rule, "ana").reason is NO_SEAT
    assert answer(rule, "owner").reason is NO_SEAT


def test_everybody_concerned_is_listed_with_a_reason() -> None:
    listed = eligibility.seats(a_rule(), now=NOW)

    assert {each.person.username: str(each.why) for each in listed} == {
        "owner": "owns the agent",
        "maker": "made the key that asked",
        "human": "is the person whom the session speaks for",
        "publisher": "is in the approver group",
        "editor": "is in the approver group",
        "ana": "is in the approver group",
        "ben": "is in the fallback group",
        "zoe": "is no approver of this tenant",
    }


def test_the_owner_is_listed_under_confirm_from_outside_the_group() -> None:
    rule = a_rule("confirm")
    GroupMembership.objects.filter(user__username="owner").delete()

    seats = {
        each.person.username: each.seat for each in eligibility.seats(rule, now=NOW)
    }

    assert seats["owner"] is OWNER


@pytest.mark.parametrize(("quorum", "joins"), [(3, False), (4, True)])
def test_the_fallback_group_joins_where_exclusions_leave_too_few(
    quorum: int, joins: bool
) -> None:
    rule = a_rule(quorum=quorum)
    fallback = rule.fallback_group_id
    alone = Rule(
        **{
            name: getattr(rule, name)
            for name in Rule.__slots__  # a frozen copy but for the fallback
            if name != "fallback_group_id"
        }
    )

    found = eligibility.with_fallback(alone, fallback, now=NOW)

    assert (found.fallback_group_id == fallback) is joins


def test_a_route_is_refused_with_the_names_of_who_is_left() -> None:
    world = a_world("ana", "ben", quorum=2)
    version = world.route.published
    assert version is not None
    assert check_route(version, now=NOW) == []

    AgentKey.objects.update(created_by=User.objects.get(username="ana"))

    assert check_route(version, now=NOW) == ["For ci-agent only ben is left; 2 needed."]


def test_a_route_without_anybody_left_says_so() -> None:
    world = a_world("ana")
    version = world.route.published
    assert version is not None
    AgentKey.objects.update(created_by=User.objects.get(username="ana"))

    assert check_route(version, now=NOW) == ["For ci-agent nobody is left; 1 needed."]


def test_each_live_key_is_judged_by_its_own_maker() -> None:
    world = a_world("ana", "ben")
    version = world.route.published
    assert version is not None
    agent = Agent.objects.get()
    for number, name in enumerate(("ana", "ben")):
        AgentKey.objects.create(
            agent=agent,
            key_id=f"key{number}",
            secret_hash=b"",
            created_by=User.objects.get(username=name),
            created_at=NOW,
        )

    assert check_route(version, now=NOW) == []


def test_a_route_that_asks_nobody_needs_nobody() -> None:
    route = published_route(
        approval_rule="not_required", risk="read", group=None, justification="a read"
    )
    assert route.published is not None

    assert check_route(route.published, now=NOW) == []
    assert who_could_vote(route.published, agent=Agent(), now=NOW) == []


def test_the_try_it_page_learns_who_could_vote_and_why_not() -> None:
    world = a_world("ana", "sam")
    version = world.route.published
    assert version is not None

    found = who_could_vote(version, agent=Agent.objects.get(), now=NOW)

    assert [(str(user), seat, why) for user, seat, why in found] == [
        ("ana", MEMBER, "ana is in the approver group"),
        ("sam", None, "sam owns the agent"),
    ]
