"""A claim is used by somebody, somewhere or on a lane that it was not minted for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Claim
from governance.decision import Reason
from governance.models import AgentSession
from tests.attacks.attack import Attack, token
from tests.attacks.forgery import payload_of, with_payload
from tests.attacks.rows import let_it_end
from tests.factories import (
    TenantFactory,
    ToolsetEntryFactory,
    ToolsetFactory,
    agent_with_key,
    person,
)
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def other_agent(stage: Stage) -> str:
    """Return the key of another agent of Sam's, with the same tools."""
    _, key = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=[ToolsetFactory.create()]
    )
    return key


def other_session(stage: Stage) -> str:
    now = timezone.now()
    end = now + timedelta(days=1)
    session = AgentSession.objects.create(
        agent=stage.agent, created_at=now, last_used_at=now, expires_at=end
    )
    return session.pk


def test_another_agent_cannot_use_a_claim(attack: Attack) -> None:
    stage = attack.stage
    claim, own = stage.approved(), stage.key

    stage.key = other_agent(stage)
    attack.assert_refused(Reason.CLAIM_WRONG_AGENT, claim=token(claim))

    stage.key = own
    attack.runs(claim=token(claim))


def test_another_agent_learns_nothing_of_a_claim_that_is_over(attack: Attack) -> None:
    """What a token binds is compared before the state of its row is told."""
    stage = attack.stage
    spent, over = stage.approved(), stage.approved(args={**COMMENT, "body": "Ship it"})
    attack.runs(claim=token(spent))
    shown = token(over)
    let_it_end(over)

    stage.key = other_agent(stage)

    for each in (token(spent), shown):
        problem = attack.assert_refused(Reason.CLAIM_WRONG_AGENT, claim=each)
        assert "call_id" not in problem


def test_another_tenants_agent_of_the_same_name_cannot_use_a_claim(
    attack: Attack,
) -> None:
    """Both are called ci-agent, and both have a tool of this name."""
    stage = attack.stage
    claim = stage.approved()
    zeta = TenantFactory.create(slug="team-zeta")
    zoe = person("zoe", "admin", tenant=zeta)
    _, stage.key = agent_with_key(tenant=zeta, owner=zoe)

    attack.assert_refused(
        Reason.UNKNOWN_TOOL, recorded_as=Reason.TOOL_NOT_GRANTED, claim=token(claim)
    )

    assert Claim.objects.get().uses == 0


def test_a_claim_stays_in_its_session(attack: Attack) -> None:
    claim = attack.stage.approved()

    attack.assert_refused(
        Reason.CLAIM_WRONG_SESSION,
        claim=token(claim),
        session_id=other_session(attack.stage),
    )

    attack.runs(claim=token(claim), session_id=claim.session_id)


def test_a_claim_stays_with_its_tool(attack: Attack) -> None:
    claim = attack.stage.approved()

    attack.assert_refused(
        Reason.CLAIM_WRONG_TOOL, tool="github.merge_pr", args=READ, claim=token(claim)
    )

    attack.runs(claim=token(claim))


@pytest.mark.parametrize(
    ("member", "text", "reason"),
    [
        ("tenant_id", "team-zeta", Reason.CLAIM_WRONG_AGENT),
        ("sub", "other-agent", Reason.CLAIM_WRONG_AGENT),
        ("session_id", "ses_other", Reason.CLAIM_WRONG_SESSION),
        ("tool", "github.merge_pr", Reason.CLAIM_WRONG_TOOL),
        ("risk", "privileged", Reason.CLAIM_WRONG_RISK),
        ("route", "sha256:" + "0" * 64, Reason.CLAIM_WRONG_ROUTE),
        ("scope", "repo:payments-api/pull:185", Reason.CLAIM_WRONG_SCOPE),
        ("args", "sha256:" + "0" * 64, Reason.CLAIM_WRONG_ARGUMENTS),
        ("summary", "sha256:" + "0" * 64, Reason.CLAIM_WRONG_ARGUMENTS),
        ("lane", "github-admin", Reason.CLAIM_WRONG_LANE),
    ],
)
def test_every_member_that_we_signed_must_be_the_actions(
    attack: Attack, member: str, text: str, reason: Reason
) -> None:
    good = token(attack.stage.approved())

    attack.assert_refused(reason, claim=with_payload(good, **{member: text}))

    attack.runs(claim=good)


def test_a_token_that_we_signed_does_not_turn_one_approval_into_another(
    attack: Attack,
) -> None:
    """Whoever has the signing key, too, runs only what the sealed row says."""
    stage = attack.stage
    ship = stage.approved(args={**COMMENT, "body": "Ship it"})
    args = payload_of(token(stage.approved()))["args"]

    bent = with_payload(token(ship), args=args)

    attack.assert_refused(Reason.CLAIM_WRONG_ARGUMENTS, claim=bent)
    assert Claim.objects.get(pk=ship.pk).uses == 0


def test_a_covered_claim_is_bound_like_any_other(attack: Attack) -> None:
    stage = attack.stage
    ToolsetEntryFactory.create(toolset=ToolsetFactory.create(), route=stage.read)
    minted = stage.post({"tool": "github.read_pr", "args": READ}, "claims").json()
    shown = minted["claim"]

    attack.assert_refused(
        Reason.CLAIM_WRONG_SCOPE,
        tool="github.read_pr",
        args={**READ, "pull": 185},
        claim=shown,
    )
    attack.runs(tool="github.read_pr", args=READ, claim=shown)
    attack.assert_refused(
        Reason.CLAIM_SPENT, tool="github.read_pr", args=READ, claim=shown
    )
