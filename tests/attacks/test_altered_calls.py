"""The database's operator, with every row and no key, turns a call into another.

A call's row has no seal: its claim and the evidence are asked before it runs.
"""

import pytest
from django.utils import timezone

from approvals.models import Claim
from audit.models import Payload, Record
from governance import policy
from governance.decision import Reason
from governance.models import RouteVersion
from proxy import deferred
from proxy.models import Call
from proxy.tasks import run_approved, run_call
from tests.attacks.rows import tamper
from tests.factories import agent_with_key
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_call_that_was_put_back_to_queued_is_not_sent_again(stage: Stage) -> None:
    """Its outcome is in the evidence, which nobody takes back."""
    stage.call(mode="deferred")
    stage.approve()
    run_approved(stage.pending().pk)
    call = Call.objects.get()

    tamper(call, state="queued", finished_at=None, sent_at=None)
    run_call(call.pk)

    assert stage.sent() == 1
    events = Record.objects.of_call(call.pk).values_list("event", flat=True)
    assert list(events) == ["call.allowed", "call.completed"]


def test_a_call_of_mode_now_is_not_sent_again_as_a_deferred_one(stage: Stage) -> None:
    stage.approved()
    stage.call()
    call = Call.objects.get()

    tamper(call, state="queued", mode="deferred")
    run_call(call.pk)

    assert stage.sent() == 1


def test_a_call_row_of_somebodys_own_making_is_not_sent(stage: Stage) -> None:
    """A second use of a spent claim, with a row that says it was allowed."""
    stage.call(mode="deferred")
    stage.approve()
    run_approved(stage.pending().pk)
    call = Call.objects.get()
    record = Record.objects.of_call(call.pk).get(event="call.allowed")

    call.pk, call.state, call.claim_use = "cal_forged", "queued", 2
    call.save(force_insert=True)
    record.pk, record.call_id = "evt_forged", "cal_forged"
    record.save(force_insert=True)
    run_call("cal_forged")

    assert stage.sent() == 1
    assert Call.objects.get(pk="cal_forged").reason == "claim_spent"


@pytest.mark.parametrize("altered", [b"[", b"{}", b"\xff"])
def test_an_approved_request_whose_bytes_were_broken_is_refused_on_record(
    altered: bytes, stage: Stage
) -> None:
    stage.call(mode="deferred")
    stage.approve()
    approval = stage.pending()

    tamper(Payload.objects.get(pk=approval.payload_id), request=altered)
    run_approved(approval.pk)

    record = stage.last_record()
    assert (record.event, record.approval_id) == ("call.denied", approval.pk)
    assert record.reason == Reason.CLAIM_WRONG_ARGUMENTS
    assert stage.sent() == 0


@pytest.fixture
def queued(stage: Stage) -> Call:
    """Return a deferred call that is spent, and that no worker has begun."""
    stage.call(mode="deferred")
    stage.approve()
    deferred.run_approved(stage.pending().pk, now=timezone.now())
    return Call.objects.get()


def not_sent(stage: Stage, call: Call, reason: Reason) -> None:
    """Let a worker take an altered call: refused, nothing sent, on record."""
    policy.forget()
    run_call(call.pk)

    call.refresh_from_db()
    assert (call.state, call.reason) == ("failed", reason)
    record = stage.last_record()
    assert (record.event, record.call_id) == ("call.failed", call.pk)
    assert record.reason == reason
    assert stage.sent() == 0


def test_a_queued_call_does_not_turn_into_another_tool(
    stage: Stage, queued: Call
) -> None:
    """Same backend, lane and scope: a merge in place of the approved comment."""
    merge = RouteVersion.objects.get(route=stage.merge)

    tamper(queued, route_version_id=merge.pk)

    not_sent(stage, queued, Reason.CLAIM_WRONG_TOOL)


def test_the_stored_bytes_of_a_queued_call_are_the_approved_ones(
    stage: Stage, queued: Call
) -> None:
    payload = Payload.objects.get(pk=queued.payload_id)

    tamper(payload, request=b'{"body":"Ship it","pull":184,"repo":"payments-api"}')

    not_sent(stage, queued, Reason.CLAIM_WRONG_ARGUMENTS)


def test_a_queued_call_does_not_change_hands(stage: Stage, queued: Call) -> None:
    other, _ = agent_with_key(name="other-agent", owner=stage.sam)

    tamper(queued, agent_id=other.pk)

    not_sent(stage, queued, Reason.CLAIM_WRONG_AGENT)


def test_a_queued_call_whose_claim_was_altered_or_is_gone_is_not_sent(
    stage: Stage, queued: Call
) -> None:
    tamper(Claim.objects.get(), scope="repo:payments-api/pull:185")

    not_sent(stage, queued, Reason.CLAIM_SIGNATURE_INVALID)

    tamper(queued, state="queued", claim_id="clm_gone", reason="")
    run_call(queued.pk)
    assert stage.sent() == 0
