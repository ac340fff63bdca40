"""An agent shows the claim of a harmless read where something is to be written."""

import pytest
from django.utils import timezone

from governance.decision import Reason
from governance.models import RouteVersion
from governance.services import new_draft, publish_route, save_draft
from tests.attacks.attack import Attack
from tests.factories import ApproverGroupFactory
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def read_claim(stage: Stage) -> str:
    """Return a claim that policy mints without asking anybody."""
    minted = stage.post({"tool": "github.read_pr", "args": READ}, "claims")
    assert minted.status_code == 201
    return str(minted.json()["claim"])


def test_the_claim_of_a_read_serves_no_other_tool(stage: Stage, attack: Attack) -> None:
    claim = read_claim(stage)

    attack.assert_refused(Reason.CLAIM_WRONG_TOOL, claim=claim)
    attack.assert_refused(
        Reason.CLAIM_WRONG_TOOL, tool="github.merge_pr", args=READ, claim=claim
    )

    attack.runs(tool="github.read_pr", args=READ, claim=claim)


def test_the_claim_of_a_read_dies_as_its_tool_becomes_a_write(
    stage: Stage, attack: Attack
) -> None:
    claim = read_claim(stage)
    stage.read.refresh_from_db()
    assert stage.read.published is not None
    draft = new_draft(stage.read.published, by=stage.sam, now=timezone.now())
    draft.risk, draft.approval_rule = RouteVersion.Risk.WRITE, "required"
    draft.group = ApproverGroupFactory.create()
    draft.justification = "The remote knows shared tokens only."
    save_draft(draft, by=stage.sam, now=timezone.now())
    publish_route(draft, by=stage.sam, now=timezone.now())

    attack.assert_refused(
        Reason.CLAIM_WRONG_RISK, tool="github.read_pr", args=READ, claim=claim
    )
