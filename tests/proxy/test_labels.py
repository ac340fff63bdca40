"""Sessions by label, and the default one: found while they live, or opened anew."""

import pytest
from django.utils import timezone

from audit.models import Record
from governance.models import AgentSession
from proxy.asking import Ended, Waiting
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def opened(stage: Stage, **members: str) -> tuple[int, dict[str, str]]:
    answer = stage.post(members, "sessions")
    return answer.status_code, answer.json()


def ended_elsewhere(stage: Stage) -> AgentSession:
    """End the agent's session as another process does, which we don't hear of."""
    session = AgentSession.objects.get()
    AgentSession.objects.update(ended_at=timezone.now())
    return session


def test_opening_by_a_label_finds_the_live_session_of_that_label(stage: Stage) -> None:
    first = opened(stage, label="nightly", on_behalf_of="dana")
    again = opened(stage, label="nightly")
    by_header = stage.post(
        {"tool": "github.read_pr", "args": READ}, **{"Sealwright-Session": "nightly"}
    )

    assert first == again
    assert first[0] == 201
    assert first[1]["on_behalf_of"] == "dana"
    assert by_header.json()["session_id"] == first[1]["session_id"]
    assert AgentSession.objects.count() == 1


def test_a_label_of_somebody_elses_work_is_not_handed_out(stage: Stage) -> None:
    opened(stage, label="nightly", on_behalf_of="dana")

    status, problem = opened(stage, label="nightly", on_behalf_of="eve")

    assert (status, problem["code"]) == (400, "invalid_request")
    assert Record.objects.filter(event="request.refused").count() == 1


def test_a_label_whose_session_idled_out_opens_a_new_one(stage: Stage) -> None:
    _, first = opened(stage, label="nightly")
    AgentSession.objects.update(last_used_at="2026-01-01T00:00Z")

    status, second = opened(stage, label="nightly")

    assert status == 201
    assert second["session_id"] != first["session_id"]
    old = Record.objects.get(event="session.expired")
    assert old.session_id == first["session_id"]


def test_sessions_without_a_label_are_new_ones_each_time(stage: Stage) -> None:
    assert opened(stage)[1]["session_id"] != opened(stage)[1]["session_id"]


@pytest.mark.parametrize(
    ("tool", "kind"), [("github.comment_pr", Waiting), ("github.read_pr", Ended)]
)
def test_a_default_session_that_ended_elsewhere_is_opened_anew(
    stage: Stage, tool: str, kind: type
) -> None:
    """What this process remembers of it must not be the agent's trouble."""
    stage.call(args=READ, tool="github.read_pr")
    old = ended_elsewhere(stage)

    answer = stage.call() if kind is Waiting else stage.call(tool, args=READ)

    assert isinstance(answer, kind)
    assert AgentSession.objects.exclude(pk=old.pk).count() == 1
    assert stage.denials() == []


def test_a_default_session_that_is_over_by_now_is_opened_anew(stage: Stage) -> None:
    stage.call("github.read_pr", args=READ)
    old = AgentSession.objects.get()
    expired = timezone.now()
    AgentSession.objects.update(expires_at=expired)

    answer = stage.call("github.read_pr", args=READ)

    assert isinstance(answer, Ended)
    assert answer.session_id != old.pk


def test_a_handle_that_was_ended_stays_ended(stage: Stage) -> None:
    _, session = opened(stage)
    stage.post({"tool": "github.read_pr", "args": READ, **session_of(session)})
    AgentSession.objects.filter(pk=session["session_id"]).update(
        ended_at=timezone.now()
    )

    read = stage.post({"tool": "github.read_pr", "args": READ, **session_of(session)})
    explained = stage.post(
        {"tool": "github.read_pr", "args": READ, "mode": "explain"}
        | session_of(session)
    )

    assert (read.status_code, read.json()["code"]) == (403, "session_ended")
    assert explained.json()["status"] == "would_refuse"
    assert explained.json()["reason"] == "session_ended"
    assert explained.json()["scope"] == "repo:payments-api/pull:184"


def session_of(session: dict[str, str]) -> dict[str, str]:
    return {"session_id": session["session_id"]}
