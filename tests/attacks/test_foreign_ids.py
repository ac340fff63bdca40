"""Somebody shows ids that are another agent's, or another tenant's.

Each kind of id at each place of the agents' door that takes one: a foreign one is
answered like an unknown one, to the byte but for the request's own id, and nothing
comes of it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.test import Client

from approvals.models import Claim
from governance.decision import Reason
from proxy.models import Call
from tests.attacks.attack import newest_record, token
from tests.attacks.door import refusals_since, turned_away
from tests.attacks.neighbour import Neighbour, Owned, move_in, owned_by, unknown_like
from tests.attacks.rows_of_all import changes_since, everything
from tests.factories import agent_with_key
from tests.remotes import Remote
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

EVIDENCE = {"Record", "Personal", "Unsealed"}


@pytest.fixture
def owned(stage: Stage) -> Owned:
    return owned_by(stage)


@pytest.fixture
def neighbour(stage: Stage, elsewhere: Remote) -> Neighbour:
    return move_in(elsewhere)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the agents' door that takes an id."""

    name: str
    kind: str
    ask: Callable[[Client, str], Any]


def places() -> Iterator[Place]:
    """Yield every place that takes an id, with the kind that belongs there."""
    for kind in ("sessions", "approvals", "calls"):
        yield Place(f"GET {kind}", kind, _asks("GET", f"{kind}/%s"))
    yield Place("DELETE sessions", "sessions", _asks("DELETE", "sessions/%s"))
    yield Place("epoch", "sessions", _asks("POST", "sessions/%s/epoch"))
    yield Place("wait", "approvals", _asks("GET", "approvals/%s?wait=1"))
    yield Place("cancel", "approvals", _asks("POST", "approvals/%s/cancel"))
    for path in ("calls", "claims"):
        yield Place(f"a session of {path}", "sessions", _names_session(path))


def _asks(method: str, path: str) -> Callable[[Client, str], Any]:
    def ask(client: Client, an_id: str) -> Any:
        return client.generic(method, f"/v1/{path % an_id}")

    return ask


def _names_session(path: str) -> Callable[[Client, str], Any]:
    def ask(client: Client, an_id: str) -> Any:
        body = {"tool": "github.comment_pr", "args": COMMENT, "session_id": an_id}
        return client.post(f"/v1/{path}", body, content_type="application/json")

    return ask


def without_id(answer: Any) -> tuple[int, str, str]:
    """Return an answer less what differs between any two requests."""
    text = re.sub(r'"request_id":"req_\w+"', "", answer.text)
    return answer.status_code, answer.headers["Content-Type"], text


def with_key(key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_foreign_ids_look_like_unknown_ones_to_every_agent(
    stage: Stage, owned: Owned, neighbour: Neighbour
) -> None:
    _, sibling = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=list(stage.agent.toolsets.all())
    )
    foreign = {
        "sessions": [owned.session],
        "approvals": [owned.pending, owned.approved],
        "calls": [owned.call],
    }
    all_ids = [an_id for ids in foreign.values() for an_id in ids]
    before = everything()
    newest, asked = newest_record(), 0

    for key in (sibling, neighbour.key):
        client = with_key(key)
        for place in places():
            unknown = without_id(
                place.ask(client, unknown_like(foreign[place.kind][0]))
            )
            assert (unknown[0], '"code":"not_found"' in unknown[2]) == (404, True)
            # The ids that belong here, those of other kinds, and what is no id.
            for an_id in [*all_ids, owned.claim.pk, "x" * 39, "1"]:
                assert without_id(place.ask(client, an_id)) == unknown, place.name
            asked += len(all_ids) + 4

    refused = refusals_since(newest)
    assert len(refused) == asked
    assert {reason for _, reason in refused} == {"not_found"}
    assert set(changes_since(before)) - EVIDENCE <= {"AgentKey"}  # last used
    assert stage.sent() == 1


def test_a_foreign_claim_is_of_no_use_and_tells_nothing(
    stage: Stage, owned: Owned, neighbour: Neighbour, elsewhere: Remote
) -> None:
    shown = token(owned.claim)
    body = {"tool": "github.comment_pr", "args": {**COMMENT, "pull": 7}}
    stage.key = neighbour.key

    answer = stage.post({**body, "claim": shown})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "claim_wrong_agent")
    assert not any(
        said in answer.text for said in ("team-acme", owned.approved, owned.claim.pk)
    )
    assert Claim.objects.get(pk=owned.claim.pk).uses == 0
    assert (stage.sent(), elsewhere.received) == (1, [])
    assert stage.denials() == ["claim_wrong_agent"]


@pytest.fixture
def outsider(stage: Stage) -> str:
    """Return the key of another agent of Sam's, with the same tools."""
    _, key = agent_with_key(
        name="other-agent", owner=stage.sam, toolsets=list(stage.agent.toolsets.all())
    )
    return key


@pytest.mark.parametrize("theirs", ["a sibling's", "a neighbour's"])
def test_a_call_in_a_foreign_session_is_one_in_an_unknown_session(
    stage: Stage, outsider: str, neighbour: Neighbour, theirs: str
) -> None:
    foreign = stage.approved().session_id
    stage.key = outsider if theirs == "a sibling's" else neighbour.key
    answers = set()

    for session in (foreign, unknown_like(foreign)):
        body = {"tool": "github.read_pr", "args": READ, "session_id": session}
        problem = turned_away(
            stage, Reason.NOT_FOUND, partial(stage.post, body), event="call.denied"
        )
        problem.pop("request_id")
        answers.add(str(problem))

    assert len(answers) == 1


@pytest.mark.parametrize("theirs", ["a sibling's", "a neighbour's"])
def test_a_foreign_approval_looks_like_an_unknown_one(
    stage: Stage, outsider: str, neighbour: Neighbour, theirs: str
) -> None:
    foreign = str(stage.approved().approval_id)
    own = stage.look(foreign)
    assert (own.status_code, own.json()["approval"]["id"]) == (200, foreign)
    stage.key = outsider if theirs == "a sibling's" else neighbour.key
    answers = set()

    for approval in (foreign, unknown_like(foreign), "x" * 39):
        problem = turned_away(stage, Reason.NOT_FOUND, partial(stage.look, approval))
        problem.pop("request_id")
        answers.add(str(problem))

    assert len(answers) == 1
    assert stage.pending().state == "approved"


def test_a_label_of_the_same_name_is_another_session(
    stage: Stage, neighbour: Neighbour
) -> None:
    _, sibling = agent_with_key(name="other-agent", owner=stage.sam)
    label = {"label": "nightly"}
    sessions = {
        with_key(key)
        .post("/v1/sessions", label, content_type="application/json")
        .json()["session_id"]
        for key in (stage.key, sibling, neighbour.key)
    }

    assert len(sessions) == 3


def test_another_agents_calls_are_not_found_by_its_idempotency_key(
    stage: Stage, outsider: str, neighbour: Neighbour
) -> None:
    body = {"tool": "github.read_pr", "args": READ}
    calls = []
    for key in (stage.key, outsider, neighbour.key):
        stage.key = key
        calls.append(stage.post(body, **{"Idempotency-Key": "k1"}).json())

    assert len({call["call_id"] for call in calls}) == 3
    assert {call["replayed"] for call in calls} == {False}
    assert Call.objects.filter(idempotency_key="k1").count() == 3
