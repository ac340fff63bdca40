"""An agent, or a person, adds a member that we keep for ourselves."""

from functools import partial
from typing import Any

import pytest

from approvals.models import Claim, Vote
from governance.decision import Reason
from governance.models import AgentSession
from tests.attacks.attack import Attack, token
from tests.attacks.browsing import ballot, page_of, signed_in
from tests.attacks.door import turned_away
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OURS: dict[str, Any] = {
    "id": "apr_x",
    "tenant": "team-zeta",
    "tenant_id": 1,
    "agent": "root",
    "agent_id": 1,
    "status": "approved",
    "state": "approved",
    "max_uses": 1000,
    "uses": -1,
    "approved_by": "ana",
    "approvers": ["ana"],
    "approval": "apr_x",
    "approval_id": "apr_x",
    "quorum": 0,
    "execute_by": "2099-01-01T00:00:00Z",
    "expires_at": "2099-01-01T00:00:00Z",
    "route_version": 1,
    "human": "ana",
    "epoch": 7,
    "is_default": True,
    "idempotency_key": "k",
    "dry_run": False,
    "force": True,
}


def test_no_body_of_the_agents_door_takes_them(stage: Stage) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "calls": {"tool": "github.comment_pr", "args": COMMENT},
        "claims": {"tool": "github.read_pr", "args": READ},
        "sessions": {"label": "mine"},
    }
    for path, body in bodies.items():
        for name, value in OURS.items():
            problem = turned_away(
                stage,
                Reason.INVALID_ARGUMENTS,
                partial(stage.post, {**body, name: value}, path),
            )
            assert [each["pointer"] for each in problem["errors"]] == [f"/{name}"]
    turned_away(
        stage,
        Reason.INVALID_ARGUMENTS,
        partial(stage.post, {**bodies["claims"], "claim": "x.y.z"}, "claims"),
    )

    assert not AgentSession.objects.filter(label="mine").exists()
    assert not Claim.objects.exists()


def test_where_a_body_says_nothing_it_has_no_effect(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()

    changed = stage.post(OURS, f"sessions/{approval.session_id}/epoch")
    cancelled = stage.post(OURS, f"approvals/{approval.pk}/cancel")

    assert changed.status_code == 200
    assert AgentSession.objects.get(pk=approval.session_id).epoch == 2
    assert cancelled.json()["code"] == "approval_closed"  # the new epoch did
    assert stage.pending().state == "cancelled"
    assert not Vote.objects.exists()


def test_wrong_types_of_right_members_are_refused(stage: Stage) -> None:
    wrong: dict[str, list[Any]] = {
        "tool": [None, 7, True, [], {}, ["github.read_pr"]],
        "args": [None, 7, "x", [], [READ]],
        "session_id": [7, True, [], {}, "x" * 41],
        "reason": [7, True, [], {}, "x" * 2001],
        "claim": [7, True, [], {}],
        "mode": [None, 7, True, [], "NOW", "now ", "dry"],
    }
    for name, values in wrong.items():
        for value in values:
            body = {"tool": "github.read_pr", "args": READ, name: value}
            turned_away(stage, Reason.INVALID_ARGUMENTS, partial(stage.post, body))

    assert stage.sent() == 0


def test_a_claim_is_minted_for_one_use_whatever_is_asked(
    stage: Stage, attack: Attack
) -> None:
    claim = stage.approved()

    assert Claim.objects.get(pk=claim.pk).max_uses == 1
    shown = token(claim)
    attack.runs(claim=shown)
    attack.assert_refused(Reason.CLAIM_SPENT, claim=shown)


def test_no_field_of_a_form_makes_a_vote_more_than_one(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    extra = {name: str(value) for name, value in OURS.items()}
    extra |= {"person": "ben", "seat": "owner", "channel": "slack", "at": "2020-01-01"}

    answer = signed_in("ana").post(
        page_of(approval, "vote"), {**ballot(approval), **extra}
    )

    assert answer.status_code == 303
    vote = Vote.objects.get()
    assert (vote.person, vote.seat, vote.channel) == (stage.ana, "member", "page")
    approval.refresh_from_db()
    assert (approval.state, approval.quorum) == ("pending", 2)
