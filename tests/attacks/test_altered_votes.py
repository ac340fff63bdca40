"""The database's operator, with every row and no key, writes a yes for somebody."""

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim, Vote
from governance.decision import Reason
from governance.errors import Denied
from tests.attacks.rows import tamper
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ZEROS = bytes(32)


def inserted_vote(approval: Approval, stage: Stage, *, seal: bytes) -> Vote:
    now = timezone.now()
    return Vote.objects.create(
        approval=approval,
        person=stage.ben,
        seat="member",
        verdict="approve",
        channel="page",
        signed_in_by="password",
        signed_in_at=now,
        fingerprint=bytes(approval.fingerprint),
        at=now,
        seal=seal,
    )


@pytest.mark.parametrize("copies_seal", [True, False])
def test_an_inserted_vote_does_not_count(stage: Stage, copies_seal: bool) -> None:
    """Two people have to approve a merge; one did, and one was written in."""
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    stage.vote(stage.ana, "approve", approval)
    real = bytes(Vote.objects.get().seal)

    inserted_vote(approval, stage, seal=real if copies_seal else ZEROS)

    again = stage.post({"tool": "github.merge_pr", "args": READ})
    assert again.status_code == 202
    assert stage.pending().state == "pending"
    assert not Claim.objects.exists()
    assert stage.sent() == 0


def test_an_inserted_vote_does_not_help_the_last_real_one(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    inserted_vote(approval, stage, seal=ZEROS)

    stage.vote(stage.ana, "approve", approval)

    assert stage.pending().state == "pending"
    assert not Claim.objects.exists()


def test_a_quorum_lowered_on_the_approval_itself_is_noticed(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()

    tamper(approval, quorum=1)

    with pytest.raises(Denied, match="altered"):
        stage.vote(stage.ana, "approve", approval)

    assert not Claim.objects.exists()
    assert stage.last_record().event == "approval.vote_refused"


def test_what_a_person_approved_can_not_be_another_thing_afterwards(
    stage: Stage,
) -> None:
    """The page's digest is made anew from the row, and from the bytes it shows."""
    stage.call()
    approval = stage.pending()

    tamper(approval, scope="repo:payments-api/pull:185")

    with pytest.raises(Denied) as denial:
        stage.vote(stage.ana, "approve", approval)

    assert denial.value.reason is Reason.VOTE_STALE_FINGERPRINT
    assert stage.last_record().reason == "vote_stale_fingerprint"
    assert not Claim.objects.exists()
