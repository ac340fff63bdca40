"""``POST /v1/claims``: all that a call does up to its claim, and no further."""

from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from audit.models import Record
from governance.services import suspend
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def mint(stage: Stage, **members: Any) -> Any:
    return stage.post(
        {"tool": "github.comment_pr", "args": COMMENT, **members}, "claims"
    )


def read(stage: Stage, **members: Any) -> Any:
    return mint(stage, tool="github.read_pr", args=READ, **members)


def test_a_write_has_to_be_approved_first_and_nobody_is_asked_twice(
    stage: Stage,
) -> None:
    first, second = mint(stage), mint(stage)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["status"] == "approval_required"
    assert first.headers["Location"] == f"/v1/approvals/{stage.pending().pk}"
    assert first.json()["approval"]["id"] == second.json()["approval"]["id"]


def test_an_approved_claim_is_handed_out_and_then_runs_the_call(stage: Stage) -> None:
    claim = stage.approved()

    minted = mint(stage)
    ran = stage.post(
        {"tool": "github.comment_pr", "args": COMMENT, "claim": minted.json()["claim"]}
    )

    assert minted.status_code == 201
    assert minted.json()["claim_id"] == claim.pk
    assert minted.json()["max_uses"] == 1
    assert ran.status_code == 200, ran.content
    assert ran.json()["approval_id"] == claim.approval_id
    assert stage.sent() == 1


def test_what_policy_covers_is_minted_with_its_record(stage: Stage) -> None:
    minted = read(stage)

    claim = Claim.objects.get()
    assert (minted.status_code, claim.approval_id) == (201, None)
    record = Record.objects.get(event="claim.minted")
    assert (record.claim_id, record.policy) == (claim.pk, "not required: a read")


def test_nothing_is_minted_by_a_policy_that_is_no_longer_in_force(stage: Stage) -> None:
    """What is remembered here is of before; minting asks the database."""
    read(stage)
    Claim.objects.all().delete()
    suspend(stage.read, by=stage.sam, now=timezone.now())

    minted = read(stage)

    assert (minted.status_code, minted.json()["code"]) == (403, "route_suspended")
    assert not Claim.objects.exists()
    assert stage.denials() == ["route_suspended"]


def test_nothing_is_minted_for_a_session_that_is_over(stage: Stage) -> None:
    session = stage.post({}, "sessions").json()["session_id"]
    stage.client.delete(
        f"/v1/sessions/{session}", headers={"Authorization": f"Bearer {stage.key}"}
    )

    minted = read(stage, session_id=session)

    assert (minted.status_code, minted.json()["code"]) == (403, "session_ended")
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("members", "pointer"),
    [({"mode": "explain"}, "/mode"), ({"claim": "x.y.z"}, "/claim")],
)
def test_a_mint_is_neither_explained_nor_paid_with_a_claim(
    stage: Stage, members: dict[str, str], pointer: str
) -> None:
    answer = mint(stage, **members)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_arguments")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Approval.objects.exists()


def test_an_approval_that_was_made_by_hand_has_no_claim_to_hand_out(
    stage: Stage,
) -> None:
    stage.call()
    Approval.objects.update(state="approved", execute_by=timezone.now())

    minted, polled = mint(stage), stage.get(f"approvals/{stage.pending().pk}")

    for answer in (minted, polled):
        assert answer.status_code == 403
        assert answer.json()["code"] == "claim_signature_invalid"


def test_a_claim_can_be_spent_by_a_call_that_a_worker_runs(stage: Stage) -> None:
    token = read(stage).json()["claim"]
    body = {"tool": "github.read_pr", "args": READ, "claim": token}

    queued = stage.post({**body, "mode": "deferred"})
    again = stage.post(body)

    assert (queued.status_code, queued.json()["status"]) == (202, "queued")
    assert queued.headers["Location"] == f"/v1/calls/{queued.json()['call_id']}"
    assert queued.json()["approval"] is None
    assert (again.status_code, again.json()["code"]) == (409, "claim_spent")
    assert again.json()["call_id"] == queued.json()["call_id"]
