"""How an approval is over: by people, agents, clocks and publishing."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from approvals.models import Approval, Claim, Delivery
from approvals.services import (
    cancel_as_agent,
    cancel_as_person,
    close_session,
    expire_due,
    mint_covered,
    revoke,
    revoke_claim,
    withdraw,
)
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import GroupMembership, Installation, RouteVersion, User
from governance.services import new_draft, publish_route
from tests.approvals.asking import World, a_world, approved, cast
from tests.factories import AgentFactory, person

pytestmark = pytest.mark.django_db


def named(name: str) -> User:
    return User.objects.get(username=name)


def newest(event: str) -> Record:
    return Record.objects.filter(event=event).latest("id")


def publish(world: World) -> RouteVersion:
    """Publish the next version of the world's route."""
    assert world.route.published is not None
    draft = new_draft(
        RouteVersion.objects.get(pk=world.route.published.pk),
        by=None,
        now=timezone.now(),
    )
    publish_route(draft, by=named("sam"), now=timezone.now())
    return draft


def test_the_agent_cancels_what_it_asked_for() -> None:
    world = a_world()
    approval = world.ask()

    ended = cancel_as_agent(approval.pk, principal=world.principal, now=timezone.now())

    assert (ended.state, ended.ended_by) == ("cancelled", "agent")
    assert newest("approval.cancelled").actor_kind == "agent"
    assert world.ask().pk != approval.pk


def test_another_agents_approval_is_not_found() -> None:
    world = a_world()
    approval = world.ask()
    Approval.objects.update(agent=AgentFactory.create(name="other-agent"))

    with pytest.raises(Denied) as denial:
        cancel_as_agent(approval.pk, principal=world.principal, now=timezone.now())

    assert denial.value.reason is Reason.NOT_FOUND


def test_what_is_decided_can_no_longer_be_cancelled() -> None:
    world = a_world()
    approval = approved(world)

    with pytest.raises(Denied) as by_agent:
        cancel_as_agent(approval.pk, principal=world.principal, now=timezone.now())
    with pytest.raises(Denied) as by_owner:
        cancel_as_person(approval.pk, by=named("sam"), now=timezone.now())

    assert by_agent.value.reason is by_owner.value.reason is Reason.APPROVAL_CLOSED
    assert newest("approval.vote_refused").reason == Reason.APPROVAL_CLOSED


def test_the_owner_cancels_and_others_do_not() -> None:
    approval = a_world().ask()

    with pytest.raises(Denied) as denial:
        cancel_as_person(approval.pk, by=named("ana"), now=timezone.now())
    ended = cancel_as_person(approval.pk, by=named("sam"), now=timezone.now())

    assert denial.value.reason is Reason.VOTE_NO_SEAT
    assert (ended.state, ended.ended_by) == ("cancelled", "person")


def test_a_withdrawn_vote_denies_and_stays_as_it_was_cast() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    cast(approval, "ana")

    ended = withdraw(approval.pk, by=named("ana"), now=timezone.now())

    assert (ended.state, ended.ended_reason) == ("denied", "withdrawn")
    assert "ana" not in ended.reason_for_agent
    assert ended.votes.get().verdict == "approve"


def test_only_a_vote_of_ones_own_can_be_withdrawn() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    cast(approval, "ana")

    with pytest.raises(Denied) as denial:
        withdraw(approval.pk, by=named("ben"), now=timezone.now())

    assert denial.value.reason is Reason.VOTE_NO_SEAT


@pytest.mark.parametrize("name", ["ana", "ben", "zoe", "olu"])
def test_a_seat_an_admin_or_an_operator_revokes_what_is_unspent(name: str) -> None:
    approval = approved(a_world())
    person("zoe", "admin")
    operator = person("olu")
    operator.is_superuser = True
    operator.save()

    ended = revoke(approval.pk, by=named(name), now=timezone.now())

    assert (ended.state, ended.ended_by_person) == ("revoked", named(name))
    assert Claim.objects.get().revoked_at is not None


def test_the_owner_without_a_seat_and_a_former_admin_revoke_nothing() -> None:
    approval = approved(a_world())
    gone = person("zoe", "admin")
    gone.is_active = False

    for who in (named("sam"), gone):
        with pytest.raises(Denied) as denial:
            revoke(approval.pk, by=who, now=timezone.now())
        assert denial.value.reason is Reason.VOTE_NO_SEAT


def test_what_was_spent_is_told_to_who_revokes_it() -> None:
    approval = approved(a_world())
    Claim.objects.update(uses=1)

    with pytest.raises(Denied) as denial:
        revoke(approval.pk, by=named("ana"), now=timezone.now())

    assert denial.value.reason is Reason.APPROVAL_CLOSED


def test_the_end_of_a_session_takes_back_all_of_it_and_nothing_else() -> None:
    world = a_world()
    pending, yes = world.ask(), approved(world, pull=2)
    covered = mint_covered(world.action(pull=3), now=timezone.now())
    elsewhere = world.ask(session=world.another_session())

    close_session(world.session, why="session_ended", now=timezone.now())

    states = {each.pk: each.state for each in Approval.objects.all()}
    assert states[pending.pk] == "cancelled"
    assert states[yes.pk] == "revoked"
    assert states[elsewhere.pk] == "pending"
    assert not Claim.objects.filter(revoked_at=None).exists()
    assert newest("claim.revoked").claim_id == covered.pk


def test_publishing_supersedes_what_waits_and_revokes_what_is_unspent() -> None:
    world = a_world()
    pending, yes = world.ask(), approved(world, pull=2)
    covered = mint_covered(world.action(pull=3), now=timezone.now())

    publish(world)

    states = {each.pk: each.state for each in Approval.objects.all()}
    assert (states[pending.pk], states[yes.pk]) == ("superseded", "revoked")
    assert not Claim.objects.filter(revoked_at=None).exists()
    assert Claim.objects.get(pk=covered.pk).revoked_reason == "route_changed"
    pending.refresh_from_db()
    assert pending.reason_for_agent == "The tool was changed: version 2 was published."


def test_a_new_version_is_asked_anew_at_once() -> None:
    world = a_world()
    first = world.ask()
    publish(world)

    assert world.ask().pk != first.pk


def test_what_nobody_decided_expires_and_what_nobody_used_lapses() -> None:
    world = a_world()
    pending, yes, later = world.ask(), approved(world, pull=2), world.ask(pull=3)
    past = timezone.now() - timedelta(seconds=1)
    Approval.objects.filter(pk=pending.pk).update(decide_by=past)
    Approval.objects.filter(pk=yes.pk).update(execute_by=past)

    count = expire_due(now=timezone.now())

    states = {each.pk: each.state for each in Approval.objects.all()}
    assert count == 2
    assert states == {
        pending.pk: "expired",
        yes.pk: "lapsed",
        later.pk: "pending",
    }
    assert Claim.objects.get().revoked_reason == Reason.APPROVAL_LAPSED
    assert expire_due(now=timezone.now()) == 0


def test_what_was_spent_does_not_lapse() -> None:
    approved(a_world())
    past = timezone.now() - timedelta(seconds=1)
    Approval.objects.update(execute_by=past)
    Claim.objects.update(uses=1)

    assert expire_due(now=timezone.now()) == 0


def test_the_sweep_revokes_what_was_claimed_before_a_failover() -> None:
    approval = approved(a_world())
    Installation.objects.update(generation=2)

    expire_due(now=timezone.now())

    approval.refresh_from_db()
    assert (approval.state, approval.ended_reason) == ("revoked", "failover")


def test_the_sweep_ends_what_too_few_are_left_to_decide() -> None:
    approval = a_world().ask()
    GroupMembership.objects.update(valid_to=timezone.now())

    expire_due(now=timezone.now())

    approval.refresh_from_db()
    assert approval.ended_reason == Reason.APPROVAL_UNSATISFIABLE
    assert Delivery.objects.filter(event="unsatisfiable").exists()


def test_a_new_epoch_revokes_every_unspent_claim() -> None:
    world = a_world()
    yes, pending = approved(world), world.ask(pull=2)
    covered = mint_covered(world.action(pull=3), now=timezone.now())

    call_command("new_epoch")

    yes.refresh_from_db()
    pending.refresh_from_db()
    covered.refresh_from_db()
    assert (yes.state, pending.state) == ("revoked", "pending")
    assert covered.revoked_at is not None
    detail = newest("epoch.changed").detail or {}
    assert detail["epoch"].endswith(":2")
    assert approved(world, pull=4).state == Approval.State.APPROVED


def test_a_covered_claim_is_revoked_once() -> None:
    world = a_world()
    claim = mint_covered(world.action(), now=timezone.now())

    assert revoke_claim(claim.pk, by=named("sam"), now=timezone.now())
    assert not revoke_claim(claim.pk, by=named("sam"), now=timezone.now())
