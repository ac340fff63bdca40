"""Who is told of an end and of an outcome."""

import pytest
from django.utils import timezone

from approvals.models import Delivery, Preference
from approvals.services import (
    cancel_as_person,
    notify_outcome,
)
from governance.models import Membership, User
from tests.approvals.asking import a_world, approved
from tests.factories import person

pytestmark = pytest.mark.django_db


def test_endings_are_told_to_the_owner_but_not_to_who_did_it() -> None:
    world = a_world()
    approved(world)
    cancel_as_person(
        world.ask(pull=2).pk, by=User.objects.get(username="sam"), now=timezone.now()
    )

    told = Delivery.objects.filter(recipient=User.objects.get(username="sam"))
    assert set(told.values_list("event", flat=True)) == {"approved"}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("executed", {"sam"}),
        ("failed", {"sam"}),
        ("outcome_unknown", {"sam", "ana", "zoe"}),
    ],
)
def test_an_outcome_is_told_to_who_has_to_know(event: str, told: set[str]) -> None:
    world = a_world()
    approval = approved(world)
    person("zoe", "admin")

    for _ in range(2):
        notify_outcome(
            "cal_1",
            event,
            agent_id=world.principal.agent_id,
            approval_id=approval.pk,
            about={"tool": "github.comment_pr"},
            now=timezone.now(),
        )

    rows = Delivery.objects.filter(event=event)
    assert set(rows.values_list("recipient__username", flat=True)) == told
    assert rows.count() == len(told)


@pytest.mark.parametrize("event", ["executed", "outcome_unknown"])
def test_a_voter_who_left_the_tenant_is_told_of_no_run(event: str) -> None:
    world = a_world(quorum=2)
    approval = approved(world, "ana", "ben")
    for name in ("ana", "ben"):
        voter = User.objects.get(username=name)
        Preference.objects.create(person=voter, voted_runs="email")
    left = Membership.objects.filter(user__username="ana")
    left.update(valid_to=timezone.now())

    notify_outcome(
        "cal_1",
        event,
        agent_id=world.principal.agent_id,
        approval_id=approval.pk,
        about={"tool": "github.comment_pr"},
        now=timezone.now(),
    )

    rows = Delivery.objects.filter(event=event)
    told = rows.values_list("recipient__username", flat=True)
    assert set(told) == {"sam", "ben"}


@pytest.mark.parametrize(("event", "told"), [("executed", 0), ("outcome_unknown", 1)])
def test_a_covered_call_is_told_of_only_when_it_is_unclear(
    event: str, told: int
) -> None:
    world = a_world()

    notify_outcome(
        "cal_1",
        event,
        agent_id=world.principal.agent_id,
        approval_id=None,
        about={"tool": "github.comment_pr"},
        now=timezone.now(),
    )

    assert Delivery.objects.count() == told
