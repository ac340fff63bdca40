"""An agent has one pull request approved and acts on its neighbour."""

import pytest

from approvals.models import Approval
from governance.decision import Reason
from tests.attacks.attack import Attack, token
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NEIGHBOUR = {**COMMENT, "pull": 185}


def test_a_claim_for_one_target_serves_no_other(stage: Stage, attack: Attack) -> None:
    claim = token(stage.approved())

    attack.assert_refused(Reason.CLAIM_WRONG_SCOPE, claim=claim, args=NEIGHBOUR)
    attack.assert_refused(
        Reason.CLAIM_WRONG_SCOPE, claim=claim, args={**COMMENT, "repo": "payments"}
    )

    attack.runs(claim=claim)


def test_without_its_claim_another_target_has_to_be_asked_for(stage: Stage) -> None:
    approved = stage.approved().approval_id

    answer = stage.post({"tool": "github.comment_pr", "args": NEIGHBOUR})

    assert answer.status_code == 202
    asked = answer.json()["approval"]
    assert asked["id"] != approved
    assert (asked["state"], asked["scope"]) == ("pending", "repo:payments-api/pull:185")
    assert stage.sent() == 0
    assert Approval.objects.get(pk=approved).state == "approved"
    assert stage.last_record().event == "approval.requested"
