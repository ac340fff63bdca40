"""What ``explain`` says is what the call then meets; and nothing comes of it."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim, Delivery
from approvals.services import token_for
from audit.models import Record
from governance.models import GroupMembership
from proxy.models import Call
from tests.proxy.test_governed import let_it_end
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

WRITE: dict[str, Any] = {"tool": "github.comment_pr", "args": COMMENT}


def unreadable(stage: Stage) -> dict[str, Any]:
    noise = base64.b64encode(bytes(range(256)) * 2).decode()
    return {**WRITE, "args": {**COMMENT, "body": noise}}


def nobody_left(stage: Stage) -> dict[str, Any]:
    GroupMembership.objects.update(valid_to=timezone.now())
    return WRITE


def nobody_left_for_what_waits(stage: Stage) -> dict[str, Any]:
    stage.call()
    return nobody_left(stage)


def just_denied(stage: Stage) -> dict[str, Any]:
    stage.call()
    stage.vote(stage.ana, "deny", stage.pending())
    return WRITE


def cooling_down(stage: Stage) -> dict[str, Any]:
    just_denied(stage)
    assert stage.post(WRITE).json()["code"] == "approval_denied"
    return WRITE


def crowded(stage: Stage) -> dict[str, Any]:
    for pull in range(10):
        stage.call(args={**COMMENT, "pull": pull + 1})
    return WRITE


def expired(stage: Stage) -> dict[str, Any]:
    stage.call()
    Approval.objects.update(decide_by=timezone.now())
    return WRITE


def lapsed(stage: Stage) -> dict[str, Any]:
    stage.approved()
    let_it_end(stage)
    return WRITE


def spent_token(stage: Stage) -> dict[str, Any]:
    claim = stage.approved()
    stage.call()
    return {**WRITE, "claim": token_for(claim, now=timezone.now()).token}


def revoked_token(stage: Stage) -> dict[str, Any]:
    claim = stage.approved()
    Claim.objects.update(revoked_at=timezone.now())
    return {**WRITE, "claim": token_for(claim, now=timezone.now()).token}


def what_is_there(stage: Stage) -> list[Any]:
    return [
        list(Approval.objects.order_by("pk").values()),
        list(Claim.objects.order_by("pk").values()),
        Record.objects.exclude(event="session.opened").count(),
        Delivery.objects.count(),
        Call.objects.count(),
        stage.sent(),
    ]


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (unreadable, "policy_denied"),
        (nobody_left, "approval_unsatisfiable"),
        (nobody_left_for_what_waits, "approval_unsatisfiable"),
        (just_denied, "approval_denied"),
        (cooling_down, "cooling_down"),
        (crowded, "too_many_pending"),
        (expired, "approval_expired"),
        (lapsed, "approval_lapsed"),
        (spent_token, "claim_spent"),
        (revoked_token, "claim_revoked"),
    ],
)
def test_what_is_refused_is_explained_as_refused(
    stage: Stage, prepare: Callable[[Stage], dict[str, Any]], reason: str
) -> None:
    body = prepare(stage)
    before = what_is_there(stage)

    explained = stage.post({**body, "mode": "explain"}).json()
    after = what_is_there(stage)
    met = stage.post(body).json()

    assert (explained["status"], explained["reason"]) == ("would_refuse", reason)
    assert explained["detail"] == met["detail"]
    assert met["code"] == reason
    assert after == before


def test_a_token_that_is_good_would_run(stage: Stage) -> None:
    token = token_for(stage.approved(), now=timezone.now()).token

    explained = stage.post({**WRITE, "claim": token, "mode": "explain"}).json()

    assert explained["status"] == "would_run"
    assert stage.sent() == 0


def test_what_just_ran_would_not_be_asked_for_again(stage: Stage) -> None:
    stage.approved()
    stage.call()

    explained = stage.post({**WRITE, "mode": "explain"}).json()

    assert explained["status"] == "would_run"
    assert stage.post(WRITE).json()["replayed"] is True
    assert stage.sent() == 1
