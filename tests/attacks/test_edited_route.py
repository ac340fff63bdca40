"""A route is edited between what a person approved and what would run."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from governance.decision import Reason
from governance.errors import Denied
from governance.models import Route
from proxy import deferred, execution
from proxy.backends.http import send
from proxy.models import Call
from proxy.tasks import run_approved, run_call
from tests.attacks.attack import Attack, token
from tests.attacks.publishing import publish_anew
from tests.racing import at_once, or_denied
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ELSEWHERE = {"method": "DELETE", "path": "/repos/acme/{repo}/issues/{pull}"}
RACES = 500


def test_a_route_published_after_approval_ends_what_was_approved(
    attack: Attack,
) -> None:
    stage = attack.stage
    claim = stage.approved()
    shown = token(claim)

    publish_anew(stage, stage.comment, mapping=ELSEWHERE)

    attack.assert_refused(Reason.CLAIM_WRONG_ROUTE, claim=shown)
    kept = Claim.objects.get(pk=claim.pk)
    assert (kept.uses, kept.revoked_reason) == (0, "route_changed")
    assert stage.pending().state == "revoked"


def test_without_a_token_the_edited_route_is_asked_for_anew(stage: Stage) -> None:
    old = stage.approved()

    publish_anew(stage, stage.comment, mapping=ELSEWHERE)
    answer = stage.post({"tool": "github.comment_pr", "args": COMMENT})

    assert answer.status_code == 202
    assert answer.json()["approval"]["id"] != old.approval_id
    assert stage.sent() == 0


def test_a_route_published_before_the_vote_supersedes_what_was_asked(
    stage: Stage,
) -> None:
    stage.call()
    asked = stage.pending()

    publish_anew(stage, stage.comment, mapping=ELSEWHERE)

    with pytest.raises(Denied) as denial:
        stage.vote(stage.ana, "approve", asked)
    assert denial.value.reason is Reason.VOTE_CLOSED
    assert stage.last_record().event == "approval.vote_refused"
    assert stage.pending().state == "superseded"
    assert not Claim.objects.exists()
    assert stage.sent() == 0


def test_publishing_never_leaves_a_live_claim_of_the_last_vote(stage: Stage) -> None:
    """The two take the same locks, so one of them sees the other's work."""
    for pull in range(1, RACES + 1):
        stage.call(args={**COMMENT, "pull": pull})
        asked = stage.pending()

        at_once(
            or_denied(partial(stage.vote, stage.ana, "approve", asked)),
            or_denied(partial(publish_anew, stage, stage.comment)),
        )

        in_force = Route.objects.get(pk=stage.comment.pk).published_id
        old = Claim.objects.unspent().exclude(route_version=in_force)
        assert not old.exists(), f"race {pull}"
        open_ones = Approval.objects.open().exclude(route_version=in_force)
        assert not open_ones.exists(), f"race {pull}"
    assert Claim.objects.exists(), "the vote never came first: this was no race"
    assert stage.sent() == 0


def test_publishing_and_use_at_once_send_what_was_approved_or_nothing(
    stage: Stage,
) -> None:
    mapping = Route.objects.get(pk=stage.comment.pk).published.mapping  # type: ignore[union-attr]  # it is published
    for pull in range(1, 11):
        publish_anew(stage, stage.comment, mapping=mapping)
        shown = token(stage.approved(args={**COMMENT, "pull": pull}))
        args = {**COMMENT, "pull": pull}

        at_once(
            or_denied(partial(stage.call, args=args, claim=shown)),
            or_denied(partial(publish_anew, stage, stage.comment, mapping=ELSEWHERE)),
        )

    assert {received.method for received in stage.remote.received} <= {"POST"}
    assert stage.sent() == Call.objects.count()


def test_an_edit_between_the_commit_and_the_send_sends_what_was_approved(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.approved()

    def publish_and_send(*args: Any, **members: Any) -> object:
        publish_anew(stage, stage.comment, mapping=ELSEWHERE)
        return send(*args, **members)

    monkeypatch.setattr(execution, "send", publish_and_send)
    answer = stage.post({"tool": "github.comment_pr", "args": COMMENT})

    assert answer.status_code == 200
    [received] = stage.remote.received
    assert received.method == "POST"
    assert received.body == b'{"body":"LGTM"}'


def test_a_deferred_call_is_sent_as_its_own_version_says(stage: Stage) -> None:
    stage.call(mode="deferred")
    stage.approve()
    asked = stage.pending()
    deferred.run_approved(asked.pk, now=timezone.now())

    publish_anew(stage, stage.comment, mapping=ELSEWHERE)
    run_call(Call.objects.get().pk)

    [received] = stage.remote.received
    assert received.method == "POST"


def test_an_approved_deferred_request_does_not_survive_an_edit(stage: Stage) -> None:
    stage.call(mode="deferred")
    stage.approve()
    asked = stage.pending()

    publish_anew(stage, stage.comment, mapping=ELSEWHERE)
    run_approved(asked.pk)

    assert not Call.objects.exists()
    assert stage.sent() == 0
