"""The road of a governed call."""

import pytest

from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from proxy.asking import Ended, Explained, Waiting
from proxy.models import Call
from tests.stage import READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_read_runs_at_once_and_leaves_its_evidence(stage: Stage) -> None:
    answer = stage.call("github.read_pr", args=READ)

    assert isinstance(answer, Ended)
    assert (answer.state, answer.status, answer.reason) == ("completed", 201, None)
    assert stage.sent() == 1
    assert stage.remote.received[0].target == "/repos/acme/payments-api/pulls/184"
    events = Record.objects.of_call(answer.call_id).values_list("event", flat=True)
    assert list(events) == ["call.allowed", "call.completed"]


def test_a_write_waits_for_a_person_and_then_runs_once(stage: Stage) -> None:
    first = stage.call()
    assert isinstance(first, Waiting)
    assert stage.sent() == 0

    stage.approve()
    ran = stage.call()
    again = stage.call()

    assert isinstance(ran, Ended)
    assert isinstance(again, Ended)
    assert (ran.replayed, again.replayed) == (False, True)
    assert ran.call_id == again.call_id
    assert stage.sent() == 1
    [received] = stage.remote.received
    assert received.body == b'{"body":"LGTM"}'
    assert received.all("Authorization") == [f"Bearer {SECRET}"]
    assert stage.pending().state == "executed"


def test_explain_asks_nobody_and_sends_nothing(stage: Stage) -> None:
    answer = stage.call(mode="explain")

    assert isinstance(answer, Explained)
    assert answer.status == "would_ask"
    assert answer.approval == {"quorum": 1, "group": "reviewers"}
    assert stage.sent() == 0
    assert not Call.objects.exists()


def test_a_tool_that_is_not_granted_looks_like_none(stage: Stage) -> None:
    with pytest.raises(Denied) as denial:
        stage.call("github.delete_repo")

    assert denial.value.reason is Reason.UNKNOWN_TOOL
    assert stage.denials() == ["tool_not_granted"]
