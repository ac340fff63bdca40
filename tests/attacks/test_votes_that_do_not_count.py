"""Somebody votes twice, late, on something else, or against a vote that stands."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim, Vote
from approvals.services import expire_due
from governance.decision import Reason
from governance.errors import Denied
from tests.attacks.browsing import Page, ballot, csrf, page_of, signed_in
from tests.attacks.door import one_refusal
from tests.racing import at_once, or_denied
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_one_person_in_two_browsers_is_one_person(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    vote, deny = ballot(approval), ballot(approval, "deny")
    first, second = signed_in("ana"), signed_in("ana")

    assert first.post(page_of(approval, "vote"), vote).status_code == 303
    assert second.post(page_of(approval, "vote"), vote).status_code == 303
    with one_refusal(stage, "approval.vote_refused", Reason.VOTE_CLOSED):
        assert second.post(page_of(approval, "vote"), deny).status_code == 409

    approval.refresh_from_db()
    assert approval.state == "pending"
    assert Vote.objects.get().verdict == "approve"
    assert not Claim.objects.exists()


def test_a_double_click_is_one_vote(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana")
    form = {**ballot(approval), **csrf(ana.get(page_of(approval)).text)}

    answers = at_once(*[lambda: ana.post(page_of(approval, "vote"), form)] * 4)

    assert {answer.status_code for answer in answers} == {303}
    assert (Vote.objects.count(), Claim.objects.count()) == (1, 1)


def test_the_first_of_a_yes_and_a_no_decides(stage: Stage) -> None:
    outcomes = set()
    for pull in range(6):
        # Another session each time: one that is denied three times rests.
        stage.call(args={**COMMENT, "pull": pull + 1}, label=f"try {pull}")
        approval = stage.pending()

        answers = at_once(
            or_denied(partial(stage.vote, stage.ana, "approve", approval)),
            or_denied(partial(stage.vote, stage.ben, "deny", approval)),
        )

        lost = [each for each in answers if isinstance(each, Denied)]
        approval.refresh_from_db()
        assert [each.reason for each in lost] == [Reason.VOTE_CLOSED]
        assert Vote.objects.filter(approval=approval).count() == 1
        has_claim = Claim.objects.filter(approval=approval).exists()
        assert has_claim == (approval.state == "approved")
        outcomes.add(approval.state)
    assert outcomes <= {"approved", "denied"}


def test_one_no_ends_it_whatever_came_before(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    stage.vote(stage.ana, "approve", approval)

    stage.vote(stage.ben, "deny", approval)

    approval.refresh_from_db()
    assert approval.state == "denied"
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    "fingerprint",
    ["", "sha256:", "0" * 64, f"sha256:{'0' * 64}", f"SHA256:{'a' * 64}", "\u202e"],
)
def test_a_vote_on_what_was_not_shown_is_stale(stage: Stage, fingerprint: str) -> None:
    stage.call()
    approval = stage.pending()
    form = {**ballot(approval), "fingerprint": fingerprint}
    ana = signed_in("ana")

    with one_refusal(stage, "approval.vote_refused", Reason.VOTE_STALE_FINGERPRINT):
        assert ana.post(page_of(approval, "vote"), form).status_code == 409

    assert not Vote.objects.exists()


def test_the_fingerprint_of_another_request_is_stale(stage: Stage) -> None:
    stage.call()
    harmless = stage.pending()
    stage.call(args={**COMMENT, "pull": 185, "body": "rm -rf"})
    harmful = stage.pending()
    ana = signed_in("ana")

    with one_refusal(stage, "approval.vote_refused", Reason.VOTE_STALE_FINGERPRINT):
        answer = ana.post(page_of(harmful, "vote"), ballot(harmless))

    assert answer.status_code == 409
    assert not Vote.objects.exists()


@pytest.mark.parametrize("verdict", ["", "yes", "APPROVE", "approve ", "executed"])
def test_only_two_words_are_a_vote(stage: Stage, verdict: str) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana")

    with one_refusal(stage, "approval.vote_refused", Reason.INVALID_REQUEST):
        answer = ana.post(page_of(approval, "vote"), ballot(approval, verdict))

    assert answer.status_code == 400
    assert not Vote.objects.exists()


def expire(stage: Stage, approval: Approval) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Approval.objects.filter(pk=approval.pk).update(decide_by=past)


def expire_and_sweep(stage: Stage, approval: Approval) -> None:
    expire(stage, approval)
    assert expire_due(now=timezone.now()) == 1


def cancel(stage: Stage, approval: Approval) -> None:
    assert stage.post("", f"approvals/{approval.pk}/cancel").status_code == 200


def deny(stage: Stage, approval: Approval) -> None:
    stage.vote(stage.ben, "deny", approval)


def approve(stage: Stage, approval: Approval) -> None:
    stage.vote(stage.ben, "approve", approval)


def end_session(stage: Stage, approval: Approval) -> None:
    stage.client.delete(
        f"/v1/sessions/{approval.session_id}",
        headers={"Authorization": f"Bearer {stage.key}"},
    )


@pytest.mark.parametrize(
    "ends", [expire, expire_and_sweep, cancel, deny, approve, end_session]
)
def test_a_late_vote_is_told_what_happened(
    stage: Stage, ends: Callable[[Stage, Approval], None]
) -> None:
    stage.call()
    approval = stage.pending()
    ana = signed_in("ana")
    ends(stage, approval)
    votes, claims = Vote.objects.count(), Claim.objects.count()

    for verdict in ("approve", "deny"):
        with one_refusal(stage, "approval.vote_refused", Reason.VOTE_CLOSED):
            form = ballot(approval, verdict, reason="typed before it was late")
            answer = ana.post(page_of(approval, "vote"), form)
        assert answer.status_code == 409
        assert re.search(r'role="(alert|status)"', answer.text)
        assert 'value="approve"' not in answer.text
        assert "csrfmiddlewaretoken" in answer.text
        assert Page(answer.text).text.strip()

    assert (Vote.objects.count(), Claim.objects.count()) == (votes, claims)
    assert stage.sent() == 0
