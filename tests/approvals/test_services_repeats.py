"""Asking again for what was refused: told once, then rested."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval, Delivery
from governance.decision import Reason
from tests.approvals.asking import World, a_world, cast
from tests.approvals.refused import refusal_of_ask as refusal

pytestmark = pytest.mark.django_db


def ended(world: World, state: str, **fields: Any) -> Approval:
    """Return a request that ended so; the clock of its ending can be turned back."""
    approval = world.ask()
    now = timezone.now()
    ending = {"state": state, "ended_at": now, "ended_by": "system", **fields}
    if state in ("executed", "lapsed", "revoked"):
        ending.setdefault("execute_by", now)
    Approval.objects.filter(pk=approval.pk).update(**ending)
    return approval


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


@pytest.mark.parametrize(
    ("state", "by", "code", "told"),
    [
        ("denied", "person", "", Reason.APPROVAL_DENIED),
        ("expired", "system", "", Reason.APPROVAL_EXPIRED),
        ("lapsed", "system", "", Reason.APPROVAL_LAPSED),
        ("revoked", "person", "", Reason.APPROVAL_REVOKED),
        ("revoked", "agent", "session_ended", None),
        ("revoked", "system", "epoch_changed", None),
        ("cancelled", "person", "", Reason.APPROVAL_CANCELLED),
        ("cancelled", "agent", "", None),
        (
            "cancelled",
            "system",
            "approval_unsatisfiable",
            Reason.APPROVAL_UNSATISFIABLE,
        ),
        ("superseded", "system", "route_changed", None),
        ("executed", "", "", None),
    ],
)
def test_the_first_repeat_is_told_the_ending_and_the_next_asks_anew(
    state: str, by: str, code: str, told: Reason | None
) -> None:
    world = a_world()
    first = ended(
        world, state, ended_by=by, ended_reason=code, ended_at=ago(minutes=20)
    )

    if told is not None:
        assert refusal(world).reason is told
    again = world.ask()

    assert again.pk != first.pk
    assert again.state == Approval.State.PENDING


def test_the_approvers_words_are_told_with_the_denial() -> None:
    world = a_world()
    cast(world.ask(), "ana", "deny", reason="not on a Friday")

    denial = refusal(world)

    assert denial.reason is Reason.APPROVAL_DENIED
    assert denial.members["reason_for_agent"] == "not on a Friday"


@pytest.mark.parametrize(
    ("denials", "minutes"), [(1, 15), (2, 30), (3, 60), (7, 960), (8, 1440), (9, 1440)]
)
def test_denials_of_the_same_double_the_pause_up_to_a_day(
    denials: int, minutes: int
) -> None:
    world = a_world()
    for _ in range(denials):
        over = {"ended_at": ago(days=3), "told_at": ago(days=3)}
        ended(world, "denied", ended_by="person", **over)
    newest = Approval.objects.filter(pk=Approval.objects.latest("created_at").pk)

    newest.update(ended_at=ago(minutes=minutes, seconds=-30))
    early = refusal(world)
    newest.update(ended_at=ago(minutes=minutes, seconds=1))
    later = world.ask()

    assert early.reason is Reason.COOLING_DOWN
    assert 0 < int(str(early.members["retry_after"])) <= 30
    assert later.state == Approval.State.PENDING


def test_what_expired_twice_rests_a_quarter_of_an_hour() -> None:
    world = a_world()
    ended(world, "expired", told_at=ago(minutes=1))
    second = ended(world, "expired", told_at=ago(minutes=1))

    assert refusal(world).reason is Reason.COOLING_DOWN
    Approval.objects.filter(pk=second.pk).update(ended_at=ago(minutes=16))
    assert world.ask().state == Approval.State.PENDING


def test_three_denials_in_an_hour_make_the_whole_session_rest() -> None:
    world = a_world()
    for pull in (1, 2, 3):
        cast(world.ask(pull=pull), "ana", "deny")

    denial = refusal(world, pull=4)

    assert denial.reason is Reason.COOLING_DOWN
    assert 1700 < int(str(denial.members["retry_after"])) <= 1800
    assert str(denial).startswith("Three requests of this session were denied")
    other = world.ask(session=world.another_session(), pull=4)
    assert other.state == Approval.State.PENDING
    told = Delivery.objects.filter(event="session_rests")
    assert set(told.values_list("recipient__username", flat=True)) == {"sam"}


def test_denials_further_apart_make_nothing_rest() -> None:
    world = a_world()
    for pull, hours in ((1, 3), (2, 2), (3, 1)):
        denied = cast(world.ask(pull=pull), "ana", "deny")
        Approval.objects.filter(pk=denied.pk).update(ended_at=ago(hours=hours))

    assert world.ask(pull=4).state == Approval.State.PENDING
