"""``?wait=``: held until somebody decides; bounded, and one poller for all."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Approval
from governance.decision import Reason
from governance.errors import Denied
from proxy.waiting import WAITERS, Waiters
from tests.racing import meanwhile, until
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

LONG = 300


def pending(stage: Stage) -> Approval:
    stage.call()
    return stage.pending()


def held(waiters: Waiters) -> int:
    return sum(len(events) for events in waiters._waiting.values())  # noqa: SLF001 - to see that somebody waits


def test_a_decision_ends_the_wait(stage: Stage) -> None:
    approval, waiters = pending(stage), Waiters()

    with meanwhile(
        lambda: waiters.wait_for_change(approval.pk, state="pending", seconds=LONG)
    ) as waiting:
        until(lambda: held(waiters) == 1)
        stage.vote(stage.ana, "approve", approval)

        assert waiting.result() is True
    assert held(waiters) == 0


def test_without_a_decision_the_time_is_over(stage: Stage) -> None:
    approval = pending(stage)

    changed = Waiters().wait_for_change(approval.pk, state="pending", seconds=0)

    assert changed is False


class Stumbling(Waiters):
    """Fails at its first look in a way that nobody foresaw."""

    looks = 0

    def _wake(self) -> None:
        self.looks += 1
        if self.looks == 1:
            raise RuntimeError("unforeseen")
        super()._wake()


def test_a_poller_that_stumbles_looks_again(stage: Stage) -> None:
    approval, waiters = pending(stage), Stumbling()

    with meanwhile(
        lambda: waiters.wait_for_change(approval.pk, state="pending", seconds=LONG)
    ) as waiting:
        until(lambda: waiters.looks > 0)
        stage.vote(stage.ana, "approve", approval)

        assert waiting.result() is True


def test_a_decision_wakes_nobody_elses_wait(stage: Stage) -> None:
    mine = pending(stage)
    stage.call("github.merge_pr", args=READ)
    other, waiters = stage.pending(), Waiters()
    wait = partial(waiters.wait_for_change, state="pending", seconds=LONG)

    with (
        meanwhile(partial(wait, mine.pk)) as my,
        meanwhile(partial(wait, other.pk)) as theirs,
    ):
        until(lambda: held(waiters) == 2)
        stage.vote(stage.ana, "approve", mine)
        assert my.result() is True
        assert not theirs.done()
        stage.vote(stage.ana, "deny", other)
        assert theirs.result() is True


def test_there_is_one_poller_for_all_and_it_goes_with_the_last(stage: Stage) -> None:
    approval, waiters = pending(stage), Waiters()

    def wait() -> bool:
        return waiters.wait_for_change(approval.pk, state="pending", seconds=LONG)

    with meanwhile(wait) as one, meanwhile(wait) as two, meanwhile(wait) as three:
        until(lambda: held(waiters) == 3)
        pollers = [t for t in threading.enumerate() if t.name == "waiters"]
        stage.vote(stage.ana, "deny", approval)
        woken = [each.result() for each in (one, two, three)]

    assert woken == [True, True, True]
    assert waiters._poller is None or waiters._poller in pollers  # noqa: SLF001
    until(lambda: waiters._poller is None)  # noqa: SLF001 - it has nobody to look for


def test_more_than_may_wait_are_turned_away(stage: Stage, settings: Settings) -> None:
    settings.WAITERS = 1
    approval, waiters = pending(stage), Waiters()

    with meanwhile(
        lambda: waiters.wait_for_change(approval.pk, state="pending", seconds=LONG)
    ) as waiting:
        until(lambda: held(waiters) == 1)
        with pytest.raises(Denied) as denial:
            waiters.wait_for_change(approval.pk, state="pending", seconds=LONG)
        stage.vote(stage.ana, "deny", approval)
        waiting.result()

    assert denial.value.reason is Reason.UNAVAILABLE
    assert denial.value.members["retry_after"] in range(5, 16)
    assert waiters.wait_for_change(approval.pk, state="denied", seconds=0) is False


def test_whoever_is_turned_away_together_does_not_come_back_together(
    stage: Stage, settings: Settings
) -> None:
    settings.WAITERS = 0
    approval, waiters, told = pending(stage), Waiters(), set()

    for _ in range(100):
        with pytest.raises(Denied) as denial:
            waiters.wait_for_change(approval.pk, state="pending", seconds=LONG)
        told.add(denial.value.members["retry_after"])

    assert len(told) > 5


def test_a_waiter_holds_no_connection(stage: Stage) -> None:
    approval = pending(stage)
    assert connection.connection is not None

    WAITERS.wait_for_change(approval.pk, state="pending", seconds=0)

    assert connection.connection is None


def test_an_approval_that_was_decided_before_the_wait_ends_it_at_once(
    stage: Stage,
) -> None:
    approval = pending(stage)
    stage.vote(stage.ana, "deny", approval)

    changed = Waiters().wait_for_change(approval.pk, state="pending", seconds=LONG)

    assert changed is True


def test_the_door_waits_and_then_answers_with_the_claim(stage: Stage) -> None:
    asked = stage.post({"tool": "github.comment_pr", "args": COMMENT}).json()
    approval = stage.pending()
    where = f"approvals/{asked['approval']['id']}?wait=20"

    with meanwhile(lambda: stage.get(where).json()) as waiting:
        until(lambda: held(WAITERS) == 1)
        stage.vote(stage.ana, "approve", approval)
        told = waiting.result()["approval"]

    assert told["state"] == "approved"
    assert told["claim"].count(".") == 2


def test_the_door_does_not_wait_for_what_is_over(stage: Stage) -> None:
    approval = pending(stage)
    stage.vote(stage.ana, "deny", approval)

    told = stage.get(f"approvals/{approval.pk}?wait=20").json()["approval"]

    assert told["state"] == "denied"


@pytest.mark.parametrize("wait", ["-1", "21", "1.5", "soon", "", "1e1", "٣"])
def test_the_door_waits_from_0_to_20_seconds(stage: Stage, wait: str) -> None:
    approval = pending(stage)

    answer = stage.get(f"approvals/{approval.pk}?wait={wait}")

    assert answer.status_code == 400, answer.content
    assert timezone.now() - approval.created_at < timedelta(minutes=1)
