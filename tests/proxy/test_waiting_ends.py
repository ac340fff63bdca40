"""Whoever waits for a person is let go when the process is about to end."""

import threading

import pytest

from proxy.waiting import Waiters
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_whoever_waits_or_comes_to_wait_is_let_go(stage: Stage) -> None:
    stage.call()
    approval, waiters = stage.pending(), Waiters()
    answered: list[bool] = []

    def wait() -> None:
        answered.append(
            waiters.wait_for_change(approval.pk, state="pending", seconds=600)
        )

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not waiters._count:  # noqa: SLF001 - it has to be waiting first
        continue
    waiters.let_go()
    waiting.join(120)
    late = waiters.wait_for_change(approval.pk, state="pending", seconds=600)

    assert len(answered) == 1  # and the test did not take ten minutes
    assert late is False
