"""Policy decides on frozen facts, and the first failing check names the reason."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.decision import (
    Decision,
    Grant,
    Outcome,
    Reason,
    Risk,
    Situation,
    decide,
    decide_tool,
)

SCOPE = "repo:payments-api/pull:184"
COVERED = Situation(
    tenant_suspended=False,
    agent_suspended=False,
    grants=(Grant.of([]),),
    route_suspended=False,
    backend_suspended=False,
    writes_stopped=False,
    risk=Risk.WRITE,
    approval_required=False,
)
WORST = Situation(
    tenant_suspended=True,
    agent_suspended=True,
    grants=(),
    route_suspended=True,
    backend_suspended=True,
    writes_stopped=True,
    risk=Risk.PRIVILEGED,
    approval_required=True,
)
IN_ORDER: list[tuple[dict[str, Any], Reason]] = [
    ({}, Reason.TENANT_SUSPENDED),
    ({"tenant_suspended": False}, Reason.AGENT_SUSPENDED),
    ({"agent_suspended": False}, Reason.TOOL_NOT_GRANTED),
    ({"grants": (Grant.of(["repo:other/pull:*"]),)}, Reason.ROUTE_SUSPENDED),
    ({"route_suspended": False}, Reason.BACKEND_SUSPENDED),
    ({"backend_suspended": False}, Reason.WRITES_STOPPED),
    ({"writes_stopped": False}, Reason.POLICY_DENIED),
    ({"grants": (Grant.of([]),)}, Reason.APPROVAL_REQUIRED),
]

situations = st.builds(
    Situation,
    grants=st.lists(
        st.sampled_from([Grant.of([]), Grant.of(["repo:payments-*/pull:*"])]),
        max_size=2,
    ).map(tuple),
)


def test_the_first_failing_check_names_the_reason() -> None:
    situation, told = WORST, []

    for mended, _reason in IN_ORDER:
        situation = replace(situation, **mended)
        told.append(decide(situation, scope=SCOPE).reason)

    assert told == [reason for _mended, reason in IN_ORDER]


def test_a_covered_call_is_allowed() -> None:
    assert decide(COVERED, scope=SCOPE) == Decision.allow()


def test_a_call_that_needs_approval_is_asked() -> None:
    asking = replace(COVERED, approval_required=True)

    assert decide(asking, scope=SCOPE) == Decision.ask()


@pytest.mark.parametrize("risk", Risk)
def test_stopped_writes_leave_reads_alone(risk: Risk) -> None:
    stopped = replace(COVERED, writes_stopped=True, risk=risk)

    assert (decide_tool(stopped).outcome is Outcome.ALLOW) is (risk is Risk.READ)


@pytest.mark.parametrize(
    ("patterns", "outcome"),
    [
        ([[]], Outcome.ALLOW),
        ([["repo:payments-*/pull:*"]], Outcome.ALLOW),
        ([["repo:web/pull:*"]], Outcome.DENY),
        ([["repo:web/pull:*"], ["repo:payments-api/pull:184"]], Outcome.ALLOW),
        ([["repo:web/pull:*"], []], Outcome.ALLOW),
        ([["repo:*"]], Outcome.DENY),
    ],
)
def test_one_entry_that_covers_the_scope_is_enough(
    patterns: list[list[str]], outcome: Outcome
) -> None:
    granted = replace(COVERED, grants=tuple(Grant.of(each) for each in patterns))

    assert decide(granted, scope=SCOPE).outcome is outcome


@given(situations)
def test_the_whole_decision_is_never_milder_than_its_first_half(
    situation: Situation,
) -> None:
    first = decide_tool(situation)

    whole = decide(situation, scope=SCOPE)

    assert first.outcome is Outcome.ALLOW or whole == first


@given(situations)
def test_nothing_is_allowed_that_no_toolset_names(situation: Situation) -> None:
    nothing_granted = replace(situation, grants=())

    assert decide(nothing_granted, scope=SCOPE).outcome is Outcome.DENY
