"""Whatever happens in whatever order, only what people approved runs, and once.

The same machine is turned on statements that lack one thing each: it finds them.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from approvals.spending import SPEND_APPROVED
from proxy import spending
from tests.factories import ToolsetFactory, agent_with_key
from tests.properties.machine import GovernedCall
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

# Derandomized: a run that fails fails again, on any machine.
ONCE = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


@pytest.fixture
def machine(stage: Stage) -> type[GovernedCall]:
    """Return the machine on a stage that has a second agent."""
    tools = [ToolsetFactory.create()]
    _, key = agent_with_key(name="other-agent", owner=stage.sam, toolsets=tools)
    return type("OnStage", (GovernedCall,), {"stage": stage, "other_key": key})


def test_nothing_runs_but_what_was_approved_and_once(
    machine: type[GovernedCall],
) -> None:
    run_state_machine_as_test(machine, settings=ONCE)


@pytest.mark.parametrize(
    ("part", "without"),
    [
        (" SKIP LOCKED", ""),
        ("AND t.policy_epoch = %(policy_epoch)s", ""),
        ("> clock_timestamp()\n        AND c.failover", "IS NOT NULL AND c.failover"),
        ("SET uses = c.uses + 1", "SET uses = c.uses"),
    ],
    ids=["it waits", "it ignores policy", "it ignores time", "it does not count"],
)
def test_a_broken_spend_is_caught(
    machine: type[GovernedCall],
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    without: str,
) -> None:
    head = SPEND_APPROVED
    assert head.count(part) == 1
    monkeypatch.setattr(spending, "SPEND_APPROVED", head.replace(part, without))

    # A race that was lost once need not be lost again: what is seen then is Flaky.
    with pytest.raises((AssertionError, Flaky)):
        run_state_machine_as_test(machine, settings=ONCE)
