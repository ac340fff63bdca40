"""A switch is turned while calls come from all sides; afterwards nothing passes.

Calls that were allowed before may still be on their way to the backend.  What counts
is that no claim is spent once the switch has answered, with every cache warm.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentKey, Backend, Toolset
from governance.services import (
    revoke_key,
    save_toolset,
    stop_writes,
    suspend,
)
from proxy.models import Call
from tests.attacks.processes import agent_process
from tests.attacks.tools import publish_covered_write
from tests.racing import until
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CALLERS = 6
TOOL = "github.label_pr"
Switch = Callable[[Stage], object]


@pytest.fixture(autouse=True)
def _as_fast_as_it_goes(settings: Settings) -> None:
    settings.AGENT_CALLS_PER_SECOND = 0


def suspend_tenant(stage: Stage) -> object:
    return suspend(stage.tenant, by=stage.sam, now=timezone.now())


def suspend_agent(stage: Stage) -> object:
    return suspend(stage.agent, by=stage.sam, now=timezone.now())


def suspend_route(stage: Stage) -> object:
    route = stage.tenant.routes.get(tool=TOOL)
    return suspend(route, by=stage.sam, now=timezone.now())


def suspend_backend(stage: Stage) -> object:
    return suspend(Backend.objects.get(), by=stage.sam, now=timezone.now())


def stop(stage: Stage) -> object:
    return stop_writes(stage.tenant, by=stage.sam, now=timezone.now())


def take_out(stage: Stage) -> object:
    return save_toolset(
        Toolset.objects.get(), entries={}, by=stage.sam, now=timezone.now()
    )


def revoke(stage: Stage) -> object:
    return revoke_key(AgentKey.objects.get(), by=stage.sam, now=timezone.now())


SWITCHES: list[tuple[Switch, Reason]] = [
    (suspend_tenant, Reason.TENANT_SUSPENDED),
    (suspend_agent, Reason.AGENT_SUSPENDED),
    (suspend_route, Reason.ROUTE_SUSPENDED),
    (suspend_backend, Reason.BACKEND_SUSPENDED),
    (stop, Reason.WRITES_STOPPED),
    (take_out, Reason.UNKNOWN_TOOL),
    (revoke, Reason.UNAUTHENTICATED),
]


@contextmanager
def callers(stage: Stage) -> Iterator[list[Reason]]:
    """Call from several threads until the block ends; yield how they were refused."""
    over, refused = threading.Event(), list[Reason]()
    principal = stage.principal

    def keep_calling() -> None:
        from proxy.services import call_tool  # noqa: PLC0415 - the same in each thread

        try:
            while not over.is_set():
                try:
                    asked = stage.ask(TOOL, args=READ)
                    call_tool(asked, principal=principal, now=timezone.now())
                except Denied as denied:
                    refused.append(denied.reason)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        for _ in range(CALLERS):
            pool.submit(keep_calling)
        try:
            yield refused
        finally:
            over.set()


@pytest.mark.parametrize(("switch", "reason"), SWITCHES)
def test_nothing_is_spent_after_the_switch_has_answered(
    stage: Stage, switch: Switch, reason: Reason
) -> None:
    publish_covered_write(stage)

    with callers(stage) as refused:
        until(lambda: Call.objects.count() >= 2 * CALLERS)
        switch(stage)
        spent = Call.objects.count()
        before = len(refused)
        until(lambda: len(refused) >= before + 3 * CALLERS)

    assert Call.objects.count() == spent
    assert set(refused[before:]) == {reason}
    assert stage.sent() == spent


def test_no_other_process_spends_either(stage: Stage) -> None:
    publish_covered_write(stage)

    with agent_process(stage.key, calls=4, tool=TOOL, args=READ) as other:
        other.wait_until_ready()  # its principal is loaded, and of the old policy
        stop(stage)
        other.go()
        told = other.told()

    assert {what for what, _ in told} == {"writes_stopped"}
    assert not Call.objects.exists()
    assert stage.sent() == 0
