"""The database's operator, with every row and no key, writes claims of their own."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Claim
from audit.models import Payload
from governance import policy
from governance.decision import Reason
from governance.models import Agent
from proxy.models import Call
from proxy.tasks import run_approved
from tests.attacks.attack import Attack, token
from tests.attacks.rows import let_it_end, tamper
from tests.doors import McpDoor
from tests.factories import agent_with_key
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OTHER = {**COMMENT, "pull": 185}
ZEROS = bytes(32)


@pytest.mark.parametrize(
    "column",
    [
        {"scope": "repo:payments-api/pull:185"},
        {"args_digest": ZEROS},
        {"summary_digest": ZEROS},
        {"tool": "github.merge_pr"},
        {"risk": "read"},
        {"lane": "github-admin"},
        {"route_digest": "sha256:" + "0" * 64},
        {"execute_by": timezone.now() + timedelta(days=30)},
        {"session_epoch": 2},
        {"failover_epoch": "1:00000001:1"},
    ],
    ids=lambda column: next(iter(column)),
)
def test_a_claim_whose_row_was_altered_is_not_ours(
    attack: Attack, column: dict[str, Any]
) -> None:
    claim = attack.stage.approved()
    shown = token(claim)

    tamper(claim, **column)

    attack.assert_refused(Reason.CLAIM_SIGNATURE_INVALID, claim=shown)
    attack.assert_refused(Reason.CLAIM_SIGNATURE_INVALID)  # and none is attached
    told = attack.stage.get(f"approvals/{claim.approval_id}")
    assert told.json()["code"] == "claim_signature_invalid"


def test_more_uses_than_were_approved_are_refused(attack: Attack) -> None:
    """Of a read, since the database itself refuses them to a write."""
    stage = attack.stage
    read: dict[str, Any] = {"tool": "github.read_pr", "args": READ}
    shown = stage.post(read, "claims").json()["claim"]

    tamper(Claim.objects.get(), max_uses=100)

    attack.assert_refused(Reason.CLAIM_SIGNATURE_INVALID, claim=shown, **read)


def test_a_claim_that_was_never_minted_is_not_ours(attack: Attack) -> None:
    """A row like another one, for other arguments, with a seal that was copied."""
    stage = attack.stage
    copy = stage.approved()
    stage.call(args=OTHER)
    other = stage.pending()

    copy.pk, copy.approval, copy.scope = "clm_forged", other, other.scope
    copy.args_digest = bytes(other.args_digest)
    copy.save(force_insert=True)
    tamper(other, state="approved", execute_by=copy.execute_by)

    attack.assert_refused(Reason.CLAIM_SIGNATURE_INVALID, args=OTHER)


def test_an_approval_that_was_approved_by_hand_runs_nothing(attack: Attack) -> None:
    stage = attack.stage
    stage.call()

    by_hand = timezone.now() + timedelta(hours=1)
    tamper(stage.pending(), state="approved", execute_by=by_hand)

    attack.assert_refused(Reason.CLAIM_SIGNATURE_INVALID)
    told = stage.get(f"approvals/{stage.pending().pk}")
    assert told.json()["code"] == "claim_signature_invalid"
    assert not Call.objects.exists()


def test_a_deferred_request_that_was_approved_by_hand_is_not_run(stage: Stage) -> None:
    stage.call(mode="deferred")
    by_hand = timezone.now() + timedelta(hours=1)
    tamper(stage.pending(), state="approved", execute_by=by_hand)

    run_approved(stage.pending().pk)

    assert stage.denials() == ["claim_signature_invalid"]
    assert not Call.objects.exists()
    assert stage.sent() == 0


def test_a_counter_that_was_turned_back_does_not_make_a_second_use(
    attack: Attack,
) -> None:
    """The call that took the use is still there, and unique."""
    stage = attack.stage
    claim = stage.approved()
    shown = token(claim)
    ran = attack.runs(claim=shown)

    tamper(claim, uses=0)
    tamper(stage.pending(), state="approved", ended_at=None)

    problem = attack.assert_refused(Reason.CLAIM_SPENT, claim=shown)
    assert problem["call_id"] == ran["call_id"]
    told = stage.post({"tool": "github.comment_pr", "args": COMMENT}).json()
    assert (told["call_id"], told["replayed"]) == (ran["call_id"], True)
    assert stage.sent() == 1


def test_the_bytes_of_an_approved_request_are_the_approved_ones(stage: Stage) -> None:
    stage.call(mode="deferred")
    stage.approve()
    approval = stage.pending()
    payload = Payload.objects.get(pk=approval.payload_id)

    tamper(payload, request=b'{"body":"Ship it","pull":184,"repo":"payments-api"}')
    run_approved(approval.pk)

    assert stage.denials() == ["claim_wrong_arguments"]
    assert not Call.objects.exists()
    assert stage.sent() == 0


def test_an_ended_claim_does_not_live_again(attack: Attack) -> None:
    claim = attack.stage.approved()
    shown = token(claim)
    let_it_end(claim)

    tamper(claim, execute_by=timezone.now() + timedelta(hours=1))

    attack.assert_refused(Reason.CLAIM_SIGNATURE_INVALID, claim=shown)


def test_a_copied_key_of_an_agent_is_no_other_agents(stage: Stage) -> None:
    """Whoever moves a key's row to another agent moves its approvals nowhere."""
    claim = stage.approved()
    other, _ = agent_with_key(name="other-agent", owner=stage.sam)
    other.toolsets.set(Agent.objects.get(pk=stage.agent.pk).toolsets.all())
    tamper(stage.agent.keys.get(), agent_id=other.pk)
    policy.forget()
    if isinstance(stage.door, McpDoor):
        stage.door.client.handles.clear()  # an agent's conversation is no other agent's

    stage.post({"tool": "github.comment_pr", "args": COMMENT, "claim": token(claim)})

    assert stage.denials() == ["claim_wrong_agent"]
    assert stage.sent() == 0
