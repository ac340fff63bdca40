"""Two at once: real connections, a barrier, and what must hold whoever is faster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from approvals.models import Approval, Claim, Vote
from approvals.services import close_session, expire_due, revoke
from audit.models import Record
from governance.errors import Denied
from governance.models import AgentSession, RouteVersion, User
from governance.services import new_draft, publish_route
from tests.approvals.asking import World, a_world, approved, cast

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each on a connection of its own, all from one barrier; refusals are answers.

    Anything else that goes wrong is raised here.
    """
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return act()
        except Denied as denied:
            return denied.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def publish(world: World) -> None:
    assert world.route.published is not None
    version = RouteVersion.objects.get(pk=world.route.published.pk)
    draft = new_draft(version, by=None, now=timezone.now())
    publish_route(draft, by=None, now=timezone.now())


def count(event: str, approval: Approval) -> int:
    return Record.objects.filter(event=event, approval_id=approval.pk).count()


@pytest.mark.parametrize("pull", range(ROUNDS))
def test_two_approvers_at_once_make_one_claim(pull: int) -> None:
    approval = a_world("ana", "ben").ask(pull=pull)

    answers = at_once(lambda: cast(approval, "ana"), lambda: cast(approval, "ben"))

    assert Claim.objects.filter(approval=approval).count() == 1
    assert Vote.objects.count() == 1
    assert answers.count("vote_closed") == 1
    assert count("approval.approved", approval) == 1


@pytest.mark.parametrize("pull", range(ROUNDS))
def test_the_two_needed_votes_at_once_make_one_claim(pull: int) -> None:
    approval = a_world("ana", "ben", quorum=2).ask(pull=pull)

    at_once(lambda: cast(approval, "ana"), lambda: cast(approval, "ben"))

    approval.refresh_from_db()
    assert approval.state == Approval.State.APPROVED
    assert Claim.objects.filter(approval=approval).count() == 1


@pytest.mark.parametrize("pull", range(ROUNDS))
def test_of_a_yes_and_a_no_at_once_the_first_decides(pull: int) -> None:
    approval = a_world("ana", "ben").ask(pull=pull)

    at_once(lambda: cast(approval, "ana"), lambda: cast(approval, "ben", "deny"))

    approval.refresh_from_db()
    claims = Claim.objects.filter(approval=approval).count()
    assert (approval.state, claims) in {("approved", 1), ("denied", 0)}
    assert Vote.objects.count() == 1


def test_one_person_in_two_browsers_has_one_vote() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()

    at_once(lambda: cast(approval, "ana"), lambda: cast(approval, "ana"))

    approval.refresh_from_db()
    assert Vote.objects.count() == 1
    assert approval.state == Approval.State.PENDING


@pytest.mark.parametrize("pull", range(ROUNDS))
def test_publishing_and_the_last_vote_leave_no_live_claim(pull: int) -> None:
    world = a_world("ana", "ben")
    approval = world.ask(pull=pull)

    at_once(lambda: cast(approval, "ana"), lambda: publish(world))

    approval.refresh_from_db()
    assert approval.state in {"superseded", "revoked"}
    assert not Claim.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("pull", range(ROUNDS))
def test_publishing_and_asking_leave_nothing_open_on_the_old_version(
    pull: int,
) -> None:
    world = a_world("ana", "ben")
    old = world.route.published

    at_once(lambda: world.ask(pull=pull), lambda: publish(world))

    assert not Approval.objects.open().filter(route_version=old).exists()


def test_many_equal_asks_at_once_open_one_approval() -> None:
    world = a_world()

    answers = at_once(*[lambda: world.ask(reason="") for _ in range(6)])

    approval = Approval.objects.get()
    assert {each.pk for each in answers if isinstance(each, Approval)} == {approval.pk}
    assert approval.asks == 6


def test_many_different_asks_at_once_are_no_more_than_may_wait() -> None:
    world = a_world()
    for pull in range(8):
        world.ask(pull=pull + 1)

    def asking(pull: int) -> Callable[[], object]:
        return lambda: world.ask(pull=pull)

    answers = at_once(*[asking(pull) for pull in range(100, 106)])

    assert answers.count("too_many_pending") == 4
    assert Approval.objects.pending().count() == 10


def end_of(session: AgentSession) -> None:
    with transaction.atomic():
        AgentSession.objects.filter(pk=session.pk).update(ended_at=timezone.now())
        close_session(session, why="session_ended", now=timezone.now())


@pytest.mark.parametrize("pull", range(ROUNDS))
def test_the_end_of_a_session_meets_asks_and_votes(pull: int) -> None:
    world = a_world()
    approval = world.ask(pull=1)

    at_once(
        lambda: world.ask(pull=100 + pull),
        lambda: cast(approval, "ana"),
        lambda: end_of(world.session),
    )

    assert not Approval.objects.open().exists()
    assert not Claim.objects.filter(revoked_at=None).exists()


def test_two_who_revoke_at_once_revoke_once() -> None:
    approval = approved(a_world())
    people = [User.objects.get(username=name) for name in ("ana", "ben")]

    def revoking(person: User) -> Callable[[], object]:
        return lambda: revoke(approval.pk, by=person, now=timezone.now())

    answers = at_once(*map(revoking, people))

    assert answers.count("approval_closed") == 1
    assert count("approval.revoked", approval) == 1


def test_the_sweep_waits_for_nobody() -> None:
    approval = a_world().ask()
    Approval.objects.update(decide_by=timezone.now())
    swept: list[object] = []

    with transaction.atomic():
        Approval.objects.select_for_update().get(pk=approval.pk)
        swept = at_once(lambda: expire_due(now=timezone.now()))

    assert swept == [0]
    assert expire_due(now=timezone.now()) == 1


def test_two_sweeps_at_once_expire_once() -> None:
    approval = a_world().ask()
    Approval.objects.update(decide_by=timezone.now())

    at_once(*[lambda: expire_due(now=timezone.now()) for _ in range(2)])

    assert count("approval.expired", approval) == 1
