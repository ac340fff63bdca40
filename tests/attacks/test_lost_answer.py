"""The backend does the work and drops the connection; nobody may do it again."""

import pytest

from audit.models import Record
from governance.decision import Reason
from proxy.models import Call
from tests.attacks.attack import Attack, token
from tests.remotes import then_close
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CUT = b"HTTP/1.1 201 Said\r\nContent-Length: 900\r\n\r\n{"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 201", CUT])
def test_a_write_whose_answer_is_lost_is_unclear_and_not_repeated(
    attack: Attack, answer: bytes
) -> None:
    stage = attack.stage
    shown = token(stage.approved())
    stage.remote.answer = then_close(answer)
    body = {"tool": "github.comment_pr", "args": stage.ask().args}

    first, again = stage.post(body), stage.post(body)

    call = Call.objects.get()
    for told in (first, again):
        assert told.status_code == 504
        assert told.json()["code"] == "outcome_unknown"
        assert told.json()["call_id"] == call.pk
        assert told.json()["retryable"] is False
    assert call.state == Call.State.OUTCOME_UNKNOWN
    events = Record.objects.of_call(call.pk).values_list("event", flat=True)
    assert list(events) == ["call.allowed", "call.unknown", "call.replayed"]
    attack.assert_refused(Reason.CLAIM_SPENT, claim=shown)
    assert stage.sent() == 1


def test_a_read_whose_answer_is_lost_has_failed(stage: Stage) -> None:
    stage.remote.answer = then_close(b"")

    told = stage.post({"tool": "github.read_pr", "args": READ})

    assert told.status_code == 502
    assert told.json()["code"] == "backend_error"
    assert Call.objects.get().state == Call.State.FAILED
    assert stage.sent() == 1
