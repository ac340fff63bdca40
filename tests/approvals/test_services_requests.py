"""Asking: what finds, opens or refuses an approval."""

import pytest

from approvals.models import Approval, Delivery
from approvals.services import latest_for
from audit.models import Record
from tests.approvals.asking import a_world, approved

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
