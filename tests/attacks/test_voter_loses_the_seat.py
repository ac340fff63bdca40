"""A vote was cast, and its caster leaves before the last one is needed."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim, Vote
from governance.decision import Reason
from governance.errors import Denied
from governance.models import ApproverGroup, Membership, User
from governance.services import (
    end_membership,
    members_of,
    save_group,
    save_person,
)
from tests.attacks.attack import Attack
from tests.attacks.browsing import Page, page_of, signed_in
from tests.factories import person, reviewers
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

Leave = Callable[[Stage], object]


def leave_the_group(stage: Stage) -> object:
    group, now = ApproverGroup.objects.get(), timezone.now()
    left = members_of(group, at=now) - {stage.ana}
    return save_group(group, members=left, by=stage.sam, now=now)


def lose_the_role(stage: Stage) -> object:
    role = Membership.objects.get(user=stage.ana, role="approver")
    return end_membership(role, by=stage.sam, now=timezone.now())


def be_deactivated(stage: Stage) -> object:
    stage.ana.is_active = False
    return save_person(stage.ana, by=stage.sam, now=timezone.now())


def move_to_another_group(stage: Stage) -> object:
    leave_the_group(stage)
    other = ApproverGroup(tenant=stage.tenant, name="others")
    members = {stage.ana}
    return save_group(other, members=members, by=stage.sam, now=timezone.now())


LEAVES = [leave_the_group, lose_the_role, be_deactivated, move_to_another_group]


@pytest.mark.parametrize("leave", LEAVES)
def test_the_vote_of_who_left_no_longer_counts(stage: Stage, leave: Leave) -> None:
    reviewers("cleo")
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    stage.vote(stage.ana, "approve", approval)

    leave(stage)
    stage.vote(stage.ben, "approve", approval)

    approval.refresh_from_db()
    assert approval.state == "pending"
    assert not Claim.objects.exists()
    page = Page(signed_in("ben").get(page_of(approval)).text).text
    assert "1 of 2 approvals" in page
    assert "no longer counts" in page

    stage.vote(User.objects.get(username="cleo"), "approve", approval)
    approval.refresh_from_db()
    assert approval.state == "approved"
    assert Vote.objects.count() == 3  # all stay on record


@pytest.mark.parametrize("leave", LEAVES)
def test_with_too_few_left_the_request_ends(
    stage: Stage, attack: Attack, leave: Leave
) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    stage.vote(stage.ana, "approve", approval)

    leave(stage)
    stage.vote(stage.ben, "approve", approval)

    approval.refresh_from_db()
    assert (approval.state, approval.ended_reason) == (
        "cancelled",
        "approval_unsatisfiable",
    )
    assert not Claim.objects.exists()
    attack.assert_refused(
        Reason.APPROVAL_UNSATISFIABLE, tool="github.merge_pr", args=READ
    )


def test_nobody_is_let_in_to_wave_one_request_through(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.pending()
    stage.vote(stage.ana, "approve", approval)
    group, now = ApproverGroup.objects.get(), timezone.now()
    tom, members = person("tom", "approver"), members_of(group, at=now)
    save_group(group, members={*members, tom}, by=stage.sam, now=now)

    with pytest.raises(Denied) as denial:
        stage.vote(tom, "approve", approval)

    assert denial.value.reason is Reason.VOTE_NO_SEAT
    assert stage.last_record().event == "approval.vote_refused"
    assert Approval.objects.get().state == "pending"


def test_who_left_casts_no_vote(stage: Stage) -> None:
    stage.call()
    approval = stage.pending()
    leave_the_group(stage)

    with pytest.raises(Denied) as denial:
        stage.vote(stage.ana, "approve", approval)

    assert denial.value.reason is Reason.VOTE_NO_SEAT
    assert not Vote.objects.exists()
