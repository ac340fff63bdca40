"""A promoted standby missed the last commit: a spent claim is back, unspent."""

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from approvals.services import expire_due, new_epoch
from governance.decision import Reason
from tests.attacks.attack import Attack, token
from tests.attacks.rows import reseal

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def came_from_before(claim: Claim) -> None:
    """Make a claim one of the timeline before the one that this database is on."""
    row = Claim.objects.get(pk=claim.pk)
    system, _, generation = row.failover_epoch.split(":")
    row.failover_epoch = f"{system}:00000000:{generation}"
    reseal(row)


def test_a_claim_of_an_older_timeline_is_revoked(attack: Attack) -> None:
    claim = attack.stage.approved()

    came_from_before(claim)

    attack.assert_refused(Reason.CLAIM_REVOKED, claim=token(claim))
    attack.assert_refused(Reason.APPROVAL_REVOKED)
    assert Claim.objects.get(pk=claim.pk).uses == 0


def test_the_sweep_ends_its_approval_so_that_it_can_be_asked_for_anew(
    attack: Attack,
) -> None:
    stage = attack.stage
    old = stage.approved()
    came_from_before(old)

    assert expire_due(now=timezone.now()) == 1

    assert Approval.objects.get().state == "revoked"
    stage.call()
    claim = stage.approve()
    assert claim.pk != old.pk
    attack.runs(claim=token(claim))


def test_an_epoch_declared_by_hand_voids_what_was_claimed_before(
    attack: Attack,
) -> None:
    """For services that hide their failovers: ``manage.py new_epoch``."""
    stage = attack.stage
    old = token(stage.approved())

    new_epoch(now=timezone.now())

    attack.assert_refused(Reason.CLAIM_REVOKED, claim=old)
    stage.call()
    attack.runs(claim=token(stage.approve()))
    assert stage.sent() == 1
