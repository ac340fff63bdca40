"""What ran under an approval ran once: the answer says how to try again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Vote
from governance.models import Backend
from governance.seals import seal
from proxy.asking import Ended
from proxy.models import Call
from proxy.resolving import resolve_call
from tests.doors import MCP_DOORS, open_door
from tests.remotes import reply, then_close
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


@pytest.fixture(params=["rest", *MCP_DOORS], ids=str)
def anywhere(request: pytest.FixtureRequest, stage: Stage) -> Stage:
    """Return the stage at every door."""
    if request.param != "rest":
        open_door(stage, request.param)
    return stage


def test_nobody_is_told_how_to_repeat_what_may_have_happened(anywhere: Stage) -> None:
    anywhere.remote.answer = then_close(b"")
    anywhere.post(WRITE)
    anywhere.approve()

    lost, again = anywhere.post(WRITE).json(), anywhere.post(WRITE).json()
    resolve_call(
        anywhere.last_call().pk,
        by=anywhere.sam,
        finding=Call.Finding.HAPPENED,
        note="",
        now=timezone.now(),
    )
    found = anywhere.post(WRITE).json()

    assert {each["code"] for each in (lost, again, found)} == {"outcome_unknown"}
    assert {each["retryable"] for each in (lost, again, found)} == {False}
    for told in (lost, again, found):
        assert told["next"].startswith("Do not repeat it")
    assert anywhere.sent() == 1


def test_nobody_is_told_how_to_repeat_what_ran(anywhere: Stage) -> None:
    most = Backend.objects.get().max_response_bytes
    anywhere.remote.answer = reply(b"x" * (most + 1))
    anywhere.post(WRITE)
    anywhere.approve()

    dropped, again = anywhere.post(WRITE).json(), anywhere.post(WRITE).json()

    assert {dropped["code"], again["code"]} == {"response_too_large"}
    for told in (dropped, again):
        assert told["next"].startswith("Do not repeat it")
    assert anywhere.sent() == 1


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
