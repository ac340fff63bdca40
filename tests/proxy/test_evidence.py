"""What the records of a call say, so that each answers by itself."""

import hashlib
import socket

import pytest
from django.utils import timezone

from approvals.claims import nonce_for
from approvals.models import Approval, Vote
from approvals.services import token_for
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.keys import nonce_key
from governance.models import RouteVersion, User
from proxy.asking import Ended
from proxy.models import Call
from proxy.tasks import run_approved
from tests.attacks.tools import publish
from tests.factories import person
from tests.remotes import reply
from tests.stage import READ, READ_SCHEMA, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def records(call: Call) -> dict[str, Record]:
    found = Record.objects.of_call(call.pk).select_related("personal")
    return {record.event: record for record in found}


def publish_approved_read(stage: Stage, *, max_uses: int) -> None:
    publish(
        stage,
        "github.audit_pr",
        risk=RouteVersion.Risk.READ,
        approval_rule=RouteVersion.Rule.REQUIRED,
        max_uses=max_uses,
        arguments_schema=READ_SCHEMA,
        summary_template="Audit #{pull} of {repo}",
        mapping={"method": "GET", "path": "/audit/{repo}/{pull}"},
    )


def test_both_records_name_the_claim_by_its_nonce_and_use(stage: Stage) -> None:
    claim = stage.approved()
    stage.call(reason="the tests are green")

    both = records(stage.last_call())

    nonce = hashlib.sha256(nonce_for(claim.pk, nonce_key()).encode()).hexdigest()
    for event in ("call.allowed", "call.completed"):
        record = both[event]
        assert record.claim_id == claim.pk
        assert record.claim_nonce == f"sha256:{nonce}"
        assert (record.claim_use, record.claim_max_uses) == (1, 1)
        assert record.approval_id == claim.approval_id
        assert record.policy == "required: 1 of reviewers, four_eyes"
    assert both["call.allowed"].personal.stated_reason == "the tests are green"
    assert both["call.completed"].backend_origin == stage.remote.url


def test_what_policy_granted_has_the_nonce_that_the_call_holds(stage: Stage) -> None:
    stage.call("github.read_pr", args=READ)

    call = stage.last_call()
    both = records(call)
    nonce = f"sha256:{bytes(call.nonce_hash).hex()}"
    assert {each.claim_nonce for each in both.values()} == {nonce}
    assert {each.policy for each in both.values()} == {"not required: a read"}


def test_a_deferred_call_is_allowed_with_what_its_agent_said(stage: Stage) -> None:
    stage.call(mode="deferred", reason="nightly run")
    stage.approve()

    run_approved(stage.pending().pk)

    record = records(stage.last_call())["call.allowed"]
    assert record.personal.stated_reason == "nightly run"


def test_a_lost_answer_is_recorded_with_where_the_request_went(stage: Stage) -> None:
    stage.approved()

    def hang_up(_connection: socket.socket) -> None:
        raise EOFError

    stage.remote.answer = hang_up
    stage.call()

    record = records(stage.last_call())["call.unknown"]
    assert record.backend_origin == stage.remote.url


def test_a_refused_claim_is_named_by_the_record(stage: Stage) -> None:
    claim = stage.approved()
    shown = token_for(claim, now=timezone.now()).token
    stage.call(claim=shown)

    with pytest.raises(Denied):
        stage.call(claim=shown)

    record = Record.objects.get(event="call.denied")
    assert record.reason == "claim_spent"
    assert (record.claim_id, record.approval_id) == (claim.pk, claim.approval_id)


def test_a_vote_that_we_did_not_seal_is_in_no_evidence(stage: Stage) -> None:
    stage.approved()
    forge_vote(stage.pending(), person("eve", "approver"))

    stage.call()

    told = records(stage.last_call())["call.allowed"].personal.approvers or ""
    assert "ana" in told
    assert "eve" not in told


def forge_vote(approval: Approval, by: User) -> None:
    now = timezone.now()
    Vote.objects.create(
        approval=approval,
        person=by,
        seat=Vote.Seat.MEMBER,
        verdict=Vote.Verdict.APPROVE,
        channel="page",
        signed_in_by="password",
        signed_in_at=now,
        fingerprint=bytes(approval.fingerprint),
        at=now,
        seal=b"s" * 32,
    )


def test_the_uses_of_one_claim_keep_their_results_apart(stage: Stage) -> None:
    publish_approved_read(stage, max_uses=2)
    stage.call("github.audit_pr", args=READ)
    stage.approve()

    first, second = (
        _read_under(stage, key, body) for key, body in (("k1", b"1"), ("k2", b"2"))
    )

    assert first.claim_id == second.claim_id
    assert (first.claim_use, second.claim_use) == (1, 2)
    uses = [records(call)["call.allowed"].claim_use for call in (first, second)]
    assert uses == [1, 2]
    told = [stage.get(f"calls/{call.pk}").json()["result"] for call in (first, second)]
    assert [result["body"] for result in told] == [1, 2]


def _read_under(stage: Stage, key: str, body: bytes) -> Call:
    stage.remote.answer = reply(body)
    answer = stage.call("github.audit_pr", args=READ, idempotency_key=key)
    assert isinstance(answer, Ended)
    return Call.objects.get(pk=answer.call_id)


def test_a_first_use_has_the_key_of_the_ask_and_a_second_has_none(
    stage: Stage,
) -> None:
    publish_approved_read(stage, max_uses=2)
    stage.call("github.audit_pr", args=READ, idempotency_key="k1")
    stage.approve()

    stage.call("github.audit_pr", args=READ)
    stage.call("github.audit_pr", args=READ)

    calls = Call.objects.order_by("claim_use")
    keys = list(calls.values_list("claim_use", "idempotency_key"))
    assert keys == [(1, "k1"), (2, None)]


def test_a_key_that_another_request_took_meanwhile_refuses_the_approved_one(
    stage: Stage,
) -> None:
    stage.call(idempotency_key="k1")
    stage.approve()
    stage.call("github.read_pr", args=READ)
    Call.objects.update(idempotency_key="k1")  # as a race of both would leave it

    with pytest.raises(Denied) as denial:
        stage.call()

    assert denial.value.reason is Reason.IDEMPOTENCY_MISMATCH
    ran = stage.call(idempotency_key="k2")
    assert isinstance(ran, Ended)
    assert stage.sent() == 2
