"""Asking: what finds, opens or refuses an approval."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim, Delivery
from approvals.services import Asked, PolicyMoved, find_or_open, latest_for
from audit.models import Record
from governance.decision import Reason
from governance.models import (
    AgentSession,
    GroupMembership,
    Installation,
    Tenant,
    User,
)
from tests.approvals.asking import a_world, approved
from tests.approvals.refused import refusal_of_ask as refusal
from tests.factories import AgentFactory, person

pytestmark = pytest.mark.django_db


def test_asking_opens_an_approval_with_its_bytes_its_notices_and_its_record() -> None:
    world = a_world()

    approval = world.ask()

    assert approval.state == Approval.State.PENDING
    assert approval.summary == "Comment on #184 of payments-api"
    assert approval.payload is not None
    assert bytes(approval.payload.request) == world.action().args
    told = Delivery.objects.filter(event="requested").values_list("address", flat=True)
    assert set(told) == {"ana@example.com", "ben@example.com"}
    record = Record.objects.get(event="approval.requested")
    assert record.approval_id == approval.pk


def test_an_equal_ask_gets_the_same_approval_and_tells_nobody_again() -> None:
    world = a_world()
    first = world.ask(reason="tests pass")
    before = Delivery.objects.count()

    again = world.ask(reason="they still do")

    assert again.pk == first.pk
    assert again.asks == 2
    assert [each["text"] for each in again.reasons] == ["tests pass", "they still do"]
    assert Delivery.objects.count() == before


def test_an_approved_one_is_found_with_its_claim() -> None:
    world = a_world()
    approval = approved(world)

    found = latest_for(world.action())

    assert world.ask().pk == approval.pk
    assert found is not None
    assert found.claim.approval_id == approval.pk


@pytest.mark.parametrize(
    ("limit", "elsewhere"), [(10, False), (20, True)], ids=["session", "agent"]
)
def test_only_so_many_may_wait_and_nobody_is_told_of_one_more(
    limit: int, elsewhere: bool
) -> None:
    world = a_world()
    for pull in range(limit):
        session = world.another_session() if elsewhere else world.session
        world.ask(session=session, pull=pull + 1)
    told = Delivery.objects.count()

    session = world.another_session() if elsewhere else world.session
    denial = refusal(world, session=session, pull=999)

    assert denial.reason is Reason.TOO_MANY_PENDING
    assert denial.members["retry_after"] == 60
    assert Approval.objects.count() == limit
    assert Delivery.objects.count() == told


def test_sixty_may_wait_for_a_group_whoever_asks() -> None:
    world = a_world()
    for name in ("one", "two", "three"):
        for pull in range(20):
            world.ask(session=world.another_session(), pull=pull + 1)
        Approval.objects.filter(agent=world.principal.agent_id).update(
            agent=AgentFactory.create(name=name)
        )

    denial = refusal(world, session=world.another_session())

    assert denial.reason is Reason.TOO_MANY_PENDING


def test_a_full_house_still_answers_equal_asks() -> None:
    world = a_world()
    for pull in range(10):
        world.ask(pull=pull + 1)

    assert world.ask(pull=1).asks == 2


def test_a_quorum_that_nobody_can_meet_opens_nothing_and_tells_the_admins() -> None:
    world = a_world("ana", "ben", quorum=2)
    person("zoe", "admin")
    GroupMembership.objects.filter(user__username="ben").update(valid_to=timezone.now())

    for pull in (1, 2):
        assert refusal(world, pull=pull).reason is Reason.APPROVAL_UNSATISFIABLE

    assert not Approval.objects.exists()
    told = Delivery.objects.filter(event="unsatisfiable")
    assert sorted(told.values_list("recipient__username", flat=True)) == ["sam", "zoe"]


def test_the_sessions_own_human_may_leave_too_few() -> None:
    world = a_world("ana")
    world.session.human = User.objects.get(username="ana")
    world.session.save()

    assert refusal(world).reason is Reason.APPROVAL_UNSATISFIABLE


def test_a_repeat_ends_what_too_few_are_left_to_decide() -> None:
    world = a_world("ana")
    first = world.ask()
    GroupMembership.objects.update(valid_to=timezone.now())

    assert refusal(world).reason is Reason.APPROVAL_UNSATISFIABLE

    first.refresh_from_db()
    assert (first.state, first.ended_by) == ("cancelled", "system")
    assert first.told_at is not None


@pytest.mark.parametrize(
    ("column", "ends_as", "told"),
    [
        ("decide_by", "expired", Reason.APPROVAL_EXPIRED),
        ("execute_by", "lapsed", Reason.APPROVAL_LAPSED),
    ],
)
def test_a_repeat_never_finds_what_is_over_by_the_clock(
    column: str, ends_as: str, told: Reason
) -> None:
    world = a_world()
    first = world.ask() if column == "decide_by" else approved(world)
    Approval.objects.update(**{column: timezone.now() - timedelta(seconds=1)})

    assert refusal(world).reason is told

    first.refresh_from_db()
    assert first.state == ends_as


def test_a_claim_of_before_a_failover_is_revoked_and_asked_anew() -> None:
    world = a_world()
    first = approved(world)
    Installation.objects.update(generation=2)

    again = world.ask()

    first.refresh_from_db()
    assert (first.state, again.state) == ("revoked", "pending")
    assert Claim.objects.get().revoked_at is not None


def test_what_nobody_can_read_is_refused_with_its_place() -> None:
    world = a_world()

    denial = refusal(world, body="\u200b" * 300)

    assert denial.reason is Reason.POLICY_DENIED
    errors = denial.members["errors"]
    assert isinstance(errors, list)
    assert errors[0]["pointer"] == "/body"
    assert not Approval.objects.exists()


def test_a_route_may_let_unreadable_arguments_be_asked_for() -> None:
    world = a_world(allow_unreadable=True, justification="uploads")

    assert world.ask(body="\u200b" * 300).state == Approval.State.PENDING


def test_a_decision_by_an_older_policy_opens_nothing() -> None:
    world = a_world()
    action = world.action()
    Tenant.objects.all().bump_epoch()

    with pytest.raises(PolicyMoved) as denial:
        find_or_open(action, asked=Asked("", "now", None), now=timezone.now())

    assert denial.value.reason is Reason.UNAVAILABLE
    assert not Approval.objects.exists()


@pytest.mark.parametrize("column", ["ended_at", "expires_at"])
def test_nothing_is_asked_in_a_session_that_is_over(column: str) -> None:
    world = a_world()
    AgentSession.objects.update(**{column: timezone.now() - timedelta(seconds=1)})

    assert refusal(world).reason is Reason.SESSION_ENDED


def test_of_many_reasons_the_first_and_the_newest_are_kept() -> None:
    world = a_world()
    for number in range(29):
        world.ask(reason=f"reason {number}")

    texts = [each["text"] for each in world.ask(reason="reason 29").reasons]
    assert len(texts) == 20
    assert (texts[0], texts[-1]) == ("reason 0", "reason 29")


def test_who_has_no_seat_is_never_asked() -> None:
    a_world("ana", "sam").ask()

    asked = Delivery.objects.filter(event="requested")
    assert set(asked.values_list("recipient__username", flat=True)) == {"ana"}


def test_a_reminder_waits_for_half_time_but_not_of_short_windows() -> None:
    approval = a_world().ask()
    due = Delivery.objects.filter(event="reminder").values_list("due_at", flat=True)

    half = approval.created_at + (approval.decide_by - approval.created_at) / 2
    assert set(due) == {half}


def test_a_short_window_has_no_reminder() -> None:
    a_world(decide_within_seconds=600).ask()

    assert not Delivery.objects.filter(event="reminder").exists()
