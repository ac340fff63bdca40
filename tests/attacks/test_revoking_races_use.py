"""A yes is taken back in the moment in which it is used: whoever is second is told."""

from collections import Counter
from functools import partial

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from approvals.services import revoke
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from proxy.asking import Ended
from proxy.models import Call
from tests.attacks.attack import Attack, token
from tests.racing import at_once, or_denied
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

RACES = 15


def take_back(stage: Stage, claim: Claim) -> Approval:
    assert claim.approval_id is not None
    return revoke(claim.approval_id, by=stage.ana, now=timezone.now())


def test_a_revoked_claim_is_not_spent(attack: Attack) -> None:
    claim = attack.stage.approved()
    shown = token(claim)

    take_back(attack.stage, claim)

    attack.assert_refused(Reason.CLAIM_REVOKED, claim=shown)


def test_an_agent_without_a_token_is_told_once_that_its_yes_was_taken_back(
    attack: Attack,
) -> None:
    take_back(attack.stage, attack.stage.approved())

    attack.assert_refused(Reason.APPROVAL_REVOKED)


def test_what_has_run_cannot_be_taken_back(stage: Stage) -> None:
    claim = stage.approved()
    stage.call()

    with pytest.raises(Denied) as denial:
        take_back(stage, claim)

    assert denial.value.reason is Reason.APPROVAL_CLOSED
    assert stage.pending().state == "executed"
    assert stage.last_record().event == "approval.vote_refused"


@pytest.mark.parametrize("shows_token", [True, False])
def test_either_it_runs_or_it_is_revoked_and_both_agree(
    stage: Stage, shows_token: bool
) -> None:
    won: Counter[str] = Counter()
    for pull in range(1, RACES + 1):
        args = {**COMMENT, "pull": pull}
        claim = stage.approved(args=args)
        members = {"claim": token(claim)} if shows_token else {}
        before = stage.sent()

        ran, revoked = at_once(
            or_denied(partial(stage.call, args=args, **members)),
            or_denied(partial(take_back, stage, claim)),
        )

        kept = Claim.objects.get(pk=claim.pk)
        did_run = isinstance(ran, Ended)
        assert did_run == isinstance(revoked, Denied)
        assert did_run == (kept.uses == 1) == (kept.revoked_at is None)
        assert stage.sent() - before == did_run
        assert Call.objects.filter(claim_id=claim.pk).count() == did_run
        won["use" if did_run else "revoke"] += 1
    allowed = Record.objects.filter(event="call.allowed").count()
    assert allowed == won["use"]
    assert Record.objects.filter(event="approval.revoked").count() == won["revoke"]
