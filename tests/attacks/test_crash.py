"""kill -9 between the commit of a spend and the answer of the backend."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Claim
from audit.models import Record
from governance.decision import Reason
from proxy.models import Call
from proxy.settling import settle_stale
from tests.attacks.attack import Attack, token
from tests.attacks.processes import kill
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def later() -> int:
    """Settle what nobody will finish, as the sweep does in an hour."""
    return settle_stale(now=timezone.now() + timedelta(hours=1))


def events(call: Call) -> list[str]:
    return list(Record.objects.of_call(call.pk).values_list("event", flat=True))


@pytest.mark.parametrize(
    ("dies", "sent"), [("before a byte", 0), ("after the answer", 1)]
)
def test_a_call_that_was_being_sent_is_unclear_and_never_sent_again(
    attack: Attack, dies: str, sent: int
) -> None:
    stage = attack.stage
    claim = stage.approved()
    shown = token(claim)

    kill(stage.key, dies=dies, claim=shown)

    call = Call.objects.get()
    assert call.state == Call.State.SENDING
    assert Claim.objects.get(pk=claim.pk).uses == 1
    while_unclear = stage.post({"tool": "github.comment_pr", "args": stage.ask().args})
    assert while_unclear.status_code == 202
    assert while_unclear.json()["call_id"] == call.pk

    assert later() == 1
    assert later() == 0

    assert Call.objects.get().state == Call.State.OUTCOME_UNKNOWN
    assert events(call) == ["call.allowed", "call.unknown"]
    told = stage.post({"tool": "github.comment_pr", "args": stage.ask().args})
    assert told.status_code == 504
    assert told.json()["code"] == "outcome_unknown"
    assert told.json()["call_id"] == call.pk
    problem = attack.assert_refused(Reason.CLAIM_SPENT, claim=shown)
    assert problem["call_id"] == call.pk
    assert stage.sent() == sent


def test_a_call_that_was_waiting_for_its_credential_was_not_sent(
    stage: Stage,
) -> None:
    """On a lane that borrows over the network the call is stored as queued first."""
    claim = stage.approved()

    kill(stage.key, dies="borrowing", claim=token(claim))

    call = Call.objects.get()
    assert call.state == Call.State.QUEUED
    assert later() == 1
    call.refresh_from_db()
    assert call.state == Call.State.FAILED
    assert "not sent" in call.detail
    assert events(call) == ["call.allowed", "call.failed"]
    assert Claim.objects.get(pk=claim.pk).uses == 1
    assert stage.sent() == 0


def test_what_is_still_in_time_is_not_settled(stage: Stage) -> None:
    kill(stage.key, dies="before a byte", claim=token(stage.approved()))

    assert settle_stale(now=timezone.now()) == 0

    assert Call.objects.get().state == Call.State.SENDING
