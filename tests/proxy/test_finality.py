"""What ran under an approval ran once: the answer says how to try again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Vote
from governance.seals import seal
from proxy.asking import Ended
from tests.remotes import reply
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

WRITE: dict[str, Any] = {"tool": "github.comment_pr", "args": COMMENT}


def test_a_failed_approved_call_is_not_called_retryable(stage: Stage) -> None:
    stage.remote.answer = reply(status=503)
    stage.post(WRITE)
    stage.approve()

    failed, again = stage.post(WRITE).json(), stage.post(WRITE).json()

    assert failed["retryable"] is False
    assert "another Idempotency-Key" in failed["next"]
    assert (again["call_id"], again["replayed"]) == (failed["call_id"], True)
    assert stage.sent() == 1


def test_a_failed_covered_call_may_be_repeated(stage: Stage) -> None:
    stage.remote.answer = reply(status=503)

    failed = stage.post({"tool": "github.read_pr", "args": READ}).json()

    assert failed["code"] == "backend_error"
    assert "another Idempotency-Key" not in failed.get("next", "")


def test_an_equal_call_under_another_key_asks_anew(stage: Stage) -> None:
    stage.call(idempotency_key="one")
    stage.approve()
    ran = stage.call(idempotency_key="one")

    again = stage.call(idempotency_key="two")

    assert isinstance(ran, Ended)
    assert not isinstance(again, Ended)
    assert stage.pending().state == "pending"


def test_a_vote_that_we_did_not_seal_is_not_counted_for_the_agent(
    stage: Stage,
) -> None:
    stage.call()
    approval = stage.pending()
    now = timezone.now()
    Vote.objects.create(
        approval=approval,
        person=stage.ana,
        seat="member",
        verdict="approve",
        reason="",
        channel="page",
        signed_in_by="password",
        signed_in_at=now - timedelta(minutes=1),
        fingerprint=bytes(approval.fingerprint),
        at=now,
        seal=seal("something else", {}),
    )

    told = stage.get(f"approvals/{approval.pk}").json()["approval"]

    assert told["quorum"] == {"need": 1, "have": 0}
