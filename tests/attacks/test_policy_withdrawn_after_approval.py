"""An agent holds a yes, and what it was said to is forbidden meanwhile."""

from collections.abc import Callable
from typing import Final

import pytest
from django.utils import timezone

from governance.decision import Reason
from governance.models import Backend, Route, Toolset
from governance.services import (
    resume,
    resume_writes,
    save_toolset,
    stop_writes,
    suspend,
)
from governance.services.switches import Suspendable
from tests.attacks.attack import Attack, token
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

Change = Callable[[Stage], object]


def suspended(row_of: Callable[[Stage], Suspendable]) -> tuple[Change, Change]:
    def turn(switch: Callable[..., object]) -> Change:
        return lambda stage: switch(row_of(stage), by=stage.sam, now=timezone.now())

    return turn(suspend), turn(resume)


def entries(stage: Stage, *patterns: str, without: str = "") -> object:
    granted = {
        route: list(patterns) if route.tool == "github.comment_pr" else []
        for route in Route.objects.exclude(tool=without)
    }
    toolset = Toolset.objects.get()
    return save_toolset(toolset, entries=granted, by=stage.sam, now=timezone.now())


def writes_stopped(stage: Stage) -> object:
    return stop_writes(stage.tenant, by=stage.sam, now=timezone.now())


def writes_resumed(stage: Stage) -> object:
    return resume_writes(stage.tenant, by=stage.sam, now=timezone.now())


# How it is withdrawn and given back; what the agent is told, what is recorded.
WITHDRAWN: Final[list[tuple[tuple[Change, Change], Reason, Reason]]] = [
    (
        suspended(lambda stage: stage.comment),
        Reason.ROUTE_SUSPENDED,
        Reason.ROUTE_SUSPENDED,
    ),
    (
        suspended(lambda _: Backend.objects.get()),
        Reason.BACKEND_SUSPENDED,
        Reason.BACKEND_SUSPENDED,
    ),
    (
        suspended(lambda stage: stage.agent),
        Reason.AGENT_SUSPENDED,
        Reason.AGENT_SUSPENDED,
    ),
    (
        suspended(lambda stage: stage.tenant),
        Reason.TENANT_SUSPENDED,
        Reason.TENANT_SUSPENDED,
    ),
    ((writes_stopped, writes_resumed), Reason.WRITES_STOPPED, Reason.WRITES_STOPPED),
    (
        (lambda stage: entries(stage, "repo:payments-*/pull:7"), entries),
        Reason.POLICY_DENIED,
        Reason.POLICY_DENIED,
    ),
    (
        (lambda stage: entries(stage, without="github.comment_pr"), entries),
        Reason.UNKNOWN_TOOL,
        Reason.TOOL_NOT_GRANTED,
    ),
]


def test_what_is_forbidden_meanwhile_is_not_run_with_or_without_the_claim(
    stage: Stage, attack: Attack
) -> None:
    claim = token(stage.approved())

    for (withdraw, restore), told, recorded in WITHDRAWN:
        withdraw(stage)
        attack.assert_refused(told, recorded_as=recorded, claim=claim)
        attack.assert_refused(told, recorded_as=recorded)
        restore(stage)

    # None of it took the yes away, and none of it was spent.
    attack.runs(claim=claim)


def test_reads_go_on_while_writes_are_stopped(stage: Stage, attack: Attack) -> None:
    writes_stopped(stage)

    attack.assert_refused(Reason.WRITES_STOPPED)
    attack.assert_refused(Reason.WRITES_STOPPED, tool="github.merge_pr", args=READ)

    attack.runs(tool="github.read_pr", args=READ)
