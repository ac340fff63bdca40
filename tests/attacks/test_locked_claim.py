"""Somebody holds a claim's row locked, so that a spend would wait past its rights.

A statement that waits goes on with the snapshot of before the wait: it was seen to
accept a claim that expired meanwhile, and a policy that was withdrawn.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from approvals.models import Claim
from governance.decision import Reason
from governance.models import Agent, Backend, Route, Tenant
from governance.services import stop_writes, suspend
from proxy import services
from proxy.asking import Ended
from proxy.spending import spend
from tests.attacks.attack import Attack, newest_record, token
from tests.attacks.rows import let_it_end
from tests.racing import meanwhile, somebody_else, until
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@contextmanager
def locked(claim: Claim) -> Iterator[psycopg.Connection]:
    """Hold a claim's row as a transaction of somebody else's does."""
    with somebody_else() as other:
        other.execute(
            "SELECT 1 FROM approvals_claim WHERE id = %s FOR UPDATE", [claim.pk]
        )
        yield other


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Return what is set once a spend was tried; the spend itself is the real one."""
    done = threading.Event()

    def spend_and_tell(*args: Any, **members: Any) -> object:
        try:
            return spend(*args, **members)
        finally:
            done.set()

    monkeypatch.setattr(services, "spend", spend_and_tell)
    return done


@pytest.mark.parametrize("ends", ["commit", "rollback"])
@pytest.mark.parametrize("shows_token", [True, False])
def test_a_claim_that_expires_while_it_is_locked_is_not_spent(
    attack: Attack, ends: str, shows_token: bool
) -> None:
    stage = attack.stage
    claim = stage.approved()
    let_it_end(claim, in_seconds=0.3)
    members = {"claim": token(claim)} if shows_token else {}
    reason = Reason.CLAIM_EXPIRED if shows_token else Reason.APPROVAL_LAPSED

    with (
        attack.assert_refusal(reason),
        locked(claim) as other,
        meanwhile(lambda: stage.call(**members)) as call,
    ):
        until(lambda: call.done() or _is_over(claim))
        getattr(other, ends)()
        call.result()

    assert Claim.objects.get(pk=claim.pk).uses == 0


def _is_over(claim: Claim) -> bool:
    return Claim.objects.get(pk=claim.pk).execute_by <= timezone.now()


def suspend_this(find: Callable[[Stage], Tenant | Agent | Route | Backend]) -> "Switch":
    def switch(stage: Stage) -> None:
        suspend(find(stage), by=stage.sam, now=timezone.now())

    return switch


def stop(stage: Stage) -> None:
    stop_writes(stage.tenant, by=stage.sam, now=timezone.now())


Switch = Callable[[Stage], None]
SWITCHES: dict[Reason, Switch] = {
    Reason.TENANT_SUSPENDED: suspend_this(lambda stage: stage.tenant),
    Reason.AGENT_SUSPENDED: suspend_this(lambda stage: stage.agent),
    Reason.ROUTE_SUSPENDED: suspend_this(lambda stage: stage.comment),
    Reason.BACKEND_SUSPENDED: suspend_this(lambda _stage: Backend.objects.get()),
    Reason.WRITES_STOPPED: stop,
}


@pytest.mark.parametrize("ends", ["commit", "rollback"])
@pytest.mark.parametrize("reason", SWITCHES)
def test_a_policy_withdrawn_while_a_claim_is_locked_forbids_its_use(
    attack: Attack, tried: threading.Event, reason: Reason, ends: str
) -> None:
    stage = attack.stage
    claim = stage.approved()
    shown, epoch = token(claim), stage.principal.epoch

    with (
        attack.assert_refusal(reason),
        locked(claim) as other,
        meanwhile(lambda: stage.call(claim=shown)) as call,
    ):
        until(tried.is_set)
        with meanwhile(lambda: SWITCHES[reason](stage)) as switch:
            until(lambda: _epoch(stage) > epoch)
            getattr(other, ends)()
            switch.result()
        call.result()

    assert Claim.objects.get(pk=claim.pk).uses == 0


def _epoch(stage: Stage) -> int:
    return Tenant.objects.get(pk=stage.tenant.pk).policy_epoch


def test_a_switch_answers_only_when_whoever_began_before_it_is_done(
    stage: Stage,
) -> None:
    """Once it has answered, nothing that it forbids is spent any more."""
    claim, epoch = stage.approved(), stage.principal.epoch

    with locked(claim) as other, meanwhile(lambda: stop(stage)) as switch:
        until(lambda: _epoch(stage) > epoch)
        assert not switch.done()
        other.rollback()
        switch.result()


def test_a_row_that_stays_locked_is_given_up_on_unspent(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 0.05)
    claim = attack.stage.approved()

    with locked(claim):
        problem = attack.assert_refused(Reason.UNAVAILABLE, claim=token(claim))

    assert problem["retryable"] is True
    attack.runs(claim=token(claim))


def test_a_lock_that_is_let_go_in_time_costs_nobody_the_claim(
    stage: Stage, tried: threading.Event
) -> None:
    claim, newest = stage.approved(), newest_record()

    with locked(claim) as other, meanwhile(stage.call) as call:
        until(tried.is_set)
        other.rollback()
        answer = call.result()

    assert isinstance(answer, Ended)
    assert stage.sent() == 1
    assert Claim.objects.get(pk=claim.pk).uses == 1
    assert newest_record() > newest
    assert stage.denials() == []
