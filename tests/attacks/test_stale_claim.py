"""A claim or its token is used too early, or too late."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from approvals.models import Claim
from governance.decision import Reason
from proxy.asking import Ended
from proxy.services import call_tool
from tests.attacks.attack import Attack, token
from tests.attacks.rows import let_it_end

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def use(attack: Attack, text: str, *, now: datetime) -> object:
    """Take the road with a token while this process believes that it is ``now``."""
    stage = attack.stage
    return call_tool(stage.ask(claim=text), principal=stage.principal, now=now)


def test_a_token_from_a_clock_four_seconds_ahead_is_let_pass(attack: Attack) -> None:
    claim, now = attack.stage.approved(), timezone.now()

    answer = use(attack, token(claim, at=now + seconds(4)), now=now)

    assert isinstance(answer, Ended)
    assert attack.stage.sent() == 1


def test_a_token_from_a_clock_six_seconds_ahead_is_malformed(attack: Attack) -> None:
    claim, now = attack.stage.approved(), timezone.now()

    with attack.assert_refusal(Reason.CLAIM_MALFORMED):
        use(attack, token(claim, at=now + seconds(6)), now=now)

    attack.runs(claim=token(claim))


def test_the_databases_clock_decides_and_not_the_process(attack: Attack) -> None:
    claim, now = attack.stage.approved(), timezone.now()
    over = token(claim, at=now - seconds(301))

    with attack.assert_refusal(Reason.CLAIM_EXPIRED):
        use(attack, over, now=now - seconds(120))

    attack.assert_refused(Reason.CLAIM_EXPIRED, claim=over)
    attack.runs(claim=token(claim))  # the row lives on: only the token was over


def test_a_claim_whose_row_is_over_is_refused_with_any_token(attack: Attack) -> None:
    claim = attack.stage.approved()
    fresh = token(claim)

    let_it_end(claim)

    attack.assert_refused(Reason.CLAIM_EXPIRED, claim=fresh)
    assert Claim.objects.get(pk=claim.pk).uses == 0


def test_an_agent_without_a_token_learns_that_its_approval_lapsed(
    attack: Attack,
) -> None:
    let_it_end(attack.stage.approved())

    attack.assert_refused(Reason.APPROVAL_LAPSED)


def test_spent_is_said_before_expired(attack: Attack) -> None:
    """Or an agent would believe that what ran at 10:07 never did."""
    claim = attack.stage.approved()
    ran = attack.runs(claim=token(claim))

    over = token(claim, at=timezone.now() - seconds(400))
    problem = attack.assert_refused(Reason.CLAIM_SPENT, claim=over)

    assert problem["call_id"] == ran["call_id"]
