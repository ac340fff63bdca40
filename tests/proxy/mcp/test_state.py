"""URL elicitation and its ``requestState``: a page was shown, and no more."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval, Vote
from governance.decision import Reason
from governance.services import suspend
from proxy.mcp import calling, state
from proxy.mcp.message import Fault
from proxy.models import Call
from tests.factories import ToolsetFactory, agent_with_key
from tests.proxy.mcp.client import WITH_TASKS, WITH_URL, Mcp, text_of
from tests.stage import COMMENT, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OTHER = {**COMMENT, "body": "Ship it"}


@pytest.fixture
def client(stage: Stage) -> Mcp:
    return Mcp(stage, capabilities=WITH_URL)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "MAX_WAIT_SECONDS", 0)


def retry(asked: dict[str, Any], action: str | None, **changes: Any) -> dict[str, Any]:
    """Return the params of the second round."""
    [key] = asked["inputRequests"]
    answered = {} if action is None else {"inputResponses": {key: {"action": action}}}
    return {
        "name": "github.comment_pr",
        "arguments": COMMENT,
        "requestState": asked["requestState"],
        **answered,
        **changes,
    }


def test_the_page_is_asked_for_then_the_call_runs_once(
    stage: Stage, client: Mcp
) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    stage.approve()

    ran = client.result("tools/call", retry(asked, "accept"))

    assert asked["resultType"] == "input_required"
    assert ran["structuredContent"]["status"] == 201
    assert stage.sent() == 1


@pytest.mark.parametrize("action", ["accept", "decline", "cancel", None])
def test_no_answer_of_a_client_is_a_humans_yes_or_no(
    stage: Stage, client: Mcp, action: str | None
) -> None:
    asked = client.call("github.comment_pr", COMMENT)

    told = client.result("tools/call", retry(asked, action))

    assert text_of(told).startswith("APPROVAL_PENDING. Nothing was executed.")
    assert "inputRequests" not in told
    assert stage.pending().state == "pending"
    assert not Vote.objects.exists()
    assert stage.sent() == 0


@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_who_gives_up_runs_nothing_even_what_was_approved(
    stage: Stage, client: Mcp, action: str
) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    stage.approve()

    told = client.result("tools/call", retry(asked, action))

    assert text_of(told).startswith("APPROVED. Not executed yet.")
    assert told["isError"] is True
    assert stage.pending().state == "approved"
    assert not Call.objects.exists()


@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
def test_a_suspended_agent_is_told_nothing_whatever_its_process_remembers(
    stage: Stage, client: Mcp, action: str
) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    agent = stage.pending().agent
    suspend(agent, by=stage.sam, now=timezone.now(), why="lost")

    answer = client.ask("tools/call", retry(asked, action))

    assert stage.pending().code not in answer.text
    assert "agent_suspended" in answer.text


def test_it_waits_for_the_decision_where_the_page_was_opened(
    stage: Stage, client: Mcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody says yes while the request is held."""
    asked = client.call("github.comment_pr", COMMENT)
    waited: list[str] = []

    def decide(approval: Approval, *, seconds: int) -> None:
        waited.append(approval.pk)
        stage.approve(approval=approval)

    monkeypatch.setattr(calling, "wait_for", decide)
    ran = client.result("tools/call", retry(asked, "accept"))

    assert ran["isError"] is False
    assert waited == [stage.pending().pk]
    assert stage.sent() == 1


def invalid(client: Mcp, params: dict[str, Any], **more: Any) -> None:
    answer = client.ask("tools/call", params, **more)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, -32602)
    assert error["message"] == "Invalid or expired requestState"
    assert error["data"]["code"] == "state_invalid"
    assert client.stage.last_record().reason == Reason.STATE_INVALID


def test_a_state_that_was_forged_is_refused(stage: Stage, client: Mcp) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    good = asked["requestState"]
    body, _, mac = good.rpartition(":")
    stage.approve()

    for forged in (
        *("", "x", good[:-1], f"{good}x", f"{body}:{mac[::-1]}", body, f":{mac}"),
        *(good.swapcase(), f"W10:{mac}", "x" * 3000, stage.key, f"{good}:{mac}"),
    ):
        invalid(client, retry(asked, "accept", requestState=forged))

    assert not Call.objects.exists()


def test_a_state_is_of_one_call_of_one_agent_in_one_session(
    stage: Stage, client: Mcp
) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    other = client.call("github.comment_pr", OTHER)
    swapped = other["requestState"]
    _, key = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=[ToolsetFactory.create()]
    )
    stage.approve()

    invalid(client, retry(asked, "accept", requestState=swapped))
    invalid(client, retry(asked, "accept", arguments={**COMMENT, "pull": 185}))
    merge = {"repo": "payments-api", "pull": 184}
    invalid(client, retry(asked, "accept", name="github.merge_pr", arguments=merge))
    stranger = Mcp(stage, capabilities=WITH_URL, key=key)
    invalid(stranger, retry(asked, "accept"))
    elsewhere = Mcp(stage, capabilities=WITH_URL, label="another")
    invalid(elsewhere, retry(asked, "accept"))
    invalid(client, retry(asked, "accept"), meta={"sealwright/session": "ses_x"})

    assert stage.sent() == 0


def test_a_state_is_over_ten_minutes_after_the_decision_was_due(
    stage: Stage, client: Mcp
) -> None:
    client.call("github.comment_pr", COMMENT)
    approval = stage.pending()
    shown = state.Shown("team-acme", 1, "ses_1", "github.comment_pr", "00")
    signed = state.sign(shown, approval)
    due = approval.decide_by + timedelta(minutes=10)

    before, after = due - timedelta(seconds=2), due + timedelta(seconds=1)

    assert state.approval_shown(signed, shown, now=before) == approval.pk
    with pytest.raises(Fault, match="Invalid or expired requestState"):
        state.approval_shown(signed, shown, now=after)


def test_keys_that_rotate_take_states_with_them_for_a_while(
    stage: Stage, client: Mcp, settings: Any
) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [old]

    told = client.result("tools/call", retry(asked, "accept"))
    assert text_of(told).startswith("APPROVAL_PENDING.")

    settings.SECRET_KEY_FALLBACKS = []
    invalid(client, retry(asked, "accept"))


def test_a_state_is_no_claim(stage: Stage, client: Mcp) -> None:
    asked = client.call("github.comment_pr", COMMENT)

    told = client.call(
        "github.comment_pr",
        COMMENT,
        meta={"sealwright/claim": asked["requestState"]},
    )

    assert told["_meta"]["sealwright/problem"]["code"] == "claim_malformed"


def test_answers_to_what_was_not_asked_are_ignored(stage: Stage, client: Mcp) -> None:
    asked = client.call("github.comment_pr", COMMENT)

    told = client.result(
        "tools/call",
        retry(asked, None, inputResponses={"apr_other": {"action": "decline"}}),
    )

    assert text_of(told).startswith("APPROVAL_PENDING.")


def test_a_task_comes_before_a_page(stage: Stage) -> None:
    both = Mcp(stage, capabilities={**WITH_URL, **WITH_TASKS})

    assert both.call("github.comment_pr", COMMENT)["resultType"] == "task"


def test_the_page_of_a_legacy_client_is_shown_once(stage: Stage) -> None:
    client = Mcp(stage, "2025-11-25", capabilities=WITH_URL)
    client.initialize()
    params = {"name": "github.comment_pr", "arguments": COMMENT}

    first = client.ask("tools/call", params)
    again = client.result("tools/call", params)
    stage.approve()
    ran = client.result("tools/call", params)

    assert first.status_code == 200
    assert first.json()["error"]["code"] == -32042
    assert text_of(again).startswith("APPROVAL_PENDING.")
    assert ran["isError"] is False
    assert stage.sent() == 1


def test_time_does_not_stand_still_for_the_expired(stage: Stage, client: Mcp) -> None:
    asked = client.call("github.comment_pr", COMMENT)
    over = timezone.now() - timedelta(minutes=1)
    Approval.objects.update(decide_by=over)

    told = client.result("tools/call", retry(asked, "accept"))

    assert text_of(told).startswith("APPROVAL_EXPIRED.")
    assert stage.sent() == 0
