"""What was approved is used after the session, the agent or the tenant is gone."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from approvals.models import Claim
from governance.decision import Reason
from governance.services import suspend
from proxy.sessions import change_context, end_session
from tests.attacks.attack import Attack, token
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def bump_epoch(stage: Stage) -> None:
    session = stage.pending().session
    change_context(session, principal=stage.principal, now=timezone.now())


def end(stage: Stage) -> None:
    session = stage.pending().session
    end_session(session, principal=stage.principal, now=timezone.now())


def suspend_agent(stage: Stage) -> None:
    suspend(stage.agent, by=stage.sam, now=timezone.now())


def suspend_tenant(stage: Stage) -> None:
    suspend(stage.tenant, by=stage.sam, now=timezone.now())


@pytest.mark.parametrize(
    ("withdraw", "reason"),
    [
        (bump_epoch, Reason.CONTEXT_CHANGED),
        (end, Reason.SESSION_ENDED),
        (suspend_agent, Reason.AGENT_SUSPENDED),
        (suspend_tenant, Reason.TENANT_SUSPENDED),
    ],
)
def test_a_claim_outlives_nothing_that_it_was_approved_under(
    attack: Attack, withdraw: Callable[[Stage], None], reason: Reason
) -> None:
    stage = attack.stage
    claim = stage.approved()
    session, shown = claim.session_id, token(claim)

    withdraw(stage)

    attack.assert_refused(reason, claim=shown, session_id=session)
    assert Claim.objects.get(pk=claim.pk).uses == 0


def test_an_old_handle_asks_for_nothing_once_its_session_ended(attack: Attack) -> None:
    claim = attack.stage.approved()

    end(attack.stage)

    attack.assert_refused(Reason.SESSION_ENDED, session_id=claim.session_id)


def test_after_a_change_of_context_the_same_wish_asks_anew(attack: Attack) -> None:
    """The human changed the task: a yes from before it is none."""
    stage = attack.stage
    old = stage.approved()

    bump_epoch(stage)
    answer = stage.post({"tool": "github.comment_pr", "args": stage.ask().args})

    assert answer.status_code == 202
    assert answer.json()["approval"]["id"] != old.approval_id
    assert stage.sent() == 0
    assert Claim.objects.get(pk=old.pk).revoked_reason == Reason.CONTEXT_CHANGED
