"""A person's form holds what no column of the database can."""

import pytest

from approvals.models import Vote
from tests.attacks.browsing import ballot, csrf, page_of, signed_in
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NUL = "why\0not"


@pytest.mark.parametrize("field", ["fingerprint", "verdict"])
def test_a_vote_that_is_none_is_refused_and_breaks_nothing(
    stage: Stage, field: str
) -> None:
    stage.call()
    approval = stage.pending()
    form = {**ballot(approval), field: NUL}

    answer = signed_in("ana").post(page_of(approval, "vote"), form)

    assert answer.status_code in (400, 409)
    assert not Vote.objects.exists()


def test_a_reason_with_a_nul_leaves_the_vote_a_vote(stage: Stage) -> None:
    for pull, verdict in ((1, "approve"), (2, "deny")):
        stage.call(args={**COMMENT, "pull": pull})
        approval = stage.pending()
        form = ballot(approval, verdict, reason=NUL, shown=NUL)

        answer = signed_in("ana").post(page_of(approval, "vote"), form)

        assert answer.status_code == 303, verdict
        vote = Vote.objects.get(approval=approval)
        assert (vote.verdict, "\0" in str(vote.reason)) == (verdict, False)


def test_an_admins_reason_with_a_nul_is_no_error(stage: Stage) -> None:
    sam = signed_in("sam")
    path = f"/admin/governance/agent/{stage.agent.pk}/do/suspend/"

    answer = sam.post(path, {"why": NUL, **csrf(sam.get(path).text)})

    assert answer.status_code == 302
    stage.agent.refresh_from_db()
    assert stage.agent.suspended_at is not None


def test_a_finding_with_a_nul_is_a_finding(stage: Stage) -> None:
    stage.call()
    stage.approve()
    stage.remote.answer = b"nothing that is HTTP\r\n\r\n"
    stage.call()
    call = stage.last_call()
    assert call.state == "outcome_unknown"

    answer = signed_in("sam").post(
        f"/calls/{call.pk}/resolve", {"finding": "happened", "note": NUL}
    )

    assert answer.status_code == 303
    call.refresh_from_db()
    assert (call.state, "\0" in call.note) == ("resolved", False)
