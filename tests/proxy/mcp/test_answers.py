"""The ladder and the words, row by row."""

from typing import Any, Final

import pytest
from mcp_types.methods import validate_server_result

from governance.decision import Reason
from governance.errors import FACES, Problem
from proxy.mcp import answers
from proxy.mcp.answers import Rung, rung
from proxy.mcp.message import LEGACY, MODERN, Client, Era, Message
from proxy.mcp.states import ENDINGS, Standing, status_text, task_status
from proxy.mcp.wire import dressed
from tests.proxy.mcp.client import text_of

APPROVAL: Final[dict[str, Any]] = {
    "id": "apr_1",
    "state": "pending",
    "code": "K7Q-4M2",
    "tool": "github.comment_pr",
    "summary": "Comment on pull request #184 of payments-api",
    "decide_by": "2026-11-23T14:00:00Z",
    "execute_by": "2026-11-23T11:05:00Z",
    "review_url": "https://seal.example/approvals/apr_1/",
}
CALL: Final[dict[str, Any]] = {"call_id": "cal_1", "replayed": False}
PLAIN, TASKS, URL = Client(), Client(tasks=True), Client(url=True)
BOTH: Final = Client(tasks=True, url=True)


def message(version: str) -> Message:
    era = Era.MODERN if version == MODERN else Era.LEGACY
    return Message(1, "tools/call", era, version)


LADDER: Final = [
    # version, client, opened by this request, came back from the page
    (MODERN, TASKS, True, False, Rung.TASK),
    (MODERN, TASKS, False, False, Rung.TASK),
    (MODERN, BOTH, True, True, Rung.TASK),
    (MODERN, URL, True, False, Rung.URL_REQUEST),
    (MODERN, URL, False, False, Rung.URL_REQUEST),
    (MODERN, URL, False, True, Rung.TEXT),
    (MODERN, URL, True, True, Rung.TEXT),
    (MODERN, PLAIN, True, False, Rung.TEXT),
    ("2025-11-25", URL, True, False, Rung.URL_ERROR),
    ("2025-11-25", URL, False, False, Rung.TEXT),
    ("2025-11-25", BOTH, True, False, Rung.URL_ERROR),
    ("2025-11-25", TASKS, True, False, Rung.TEXT),
    ("2025-11-25", PLAIN, True, False, Rung.TEXT),
    ("2025-06-18", BOTH, True, False, Rung.TEXT),
    ("2025-03-26", BOTH, True, False, Rung.TEXT),
]


@pytest.mark.parametrize(("version", "client", "opened", "shown", "best"), LADDER)
def test_the_first_rung_that_fits_wins(
    version: str, client: Client, opened: bool, shown: bool, best: Rung
) -> None:
    assert rung(message(version), client, opened=opened, shown=shown) is best


def valid(result: dict[str, Any], version: str = MODERN) -> dict[str, Any]:
    """Dress a result and hold it against the protocol's own shape."""
    era = Era.MODERN if version == MODERN else Era.LEGACY
    whole = dressed(result, era=era, server={"name": "s", "version": "1"})
    validate_server_result("tools/call", version, whole)
    return whole


@pytest.mark.parametrize(
    ("opened", "word"), [(True, "APPROVAL_REQUIRED"), (False, "APPROVAL_PENDING")]
)
def test_the_text_says_what_what_not_and_what_next(opened: bool, word: str) -> None:
    result = answers.asks_by_text(APPROVAL, opened=opened)

    said = text_of(result)
    assert said.startswith(f"{word}. Nothing was executed.")
    for part in ("K7Q-4M2", APPROVAL["review_url"], APPROVAL["decide_by"], "apr_1"):
        assert part in said
    assert "repeat this identical call" in said
    assert result["isError"] is True
    for version in (MODERN, *LEGACY):
        valid(result, version)


def test_the_page_is_asked_for_once_and_holds_no_secret() -> None:
    asked = answers.asks_by_request(APPROVAL, state="signed")

    [(key, request)] = asked["inputRequests"].items()  # type: ignore[attr-defined]
    assert key == "apr_1"
    assert request["method"] == "elicitation/create"
    assert request["params"]["mode"] == "url"
    assert request["params"]["url"] == APPROVAL["review_url"]
    assert "claim" not in str(asked)
    valid(asked)


def test_the_error_of_a_legacy_client_names_the_page() -> None:
    told: dict[str, Any] = answers.asks_by_error(APPROVAL)
    [page] = told["elicitations"]

    assert page["elicitationId"] == "apr_1"
    assert (page["mode"], page["url"]) == ("url", APPROVAL["review_url"])


@pytest.mark.parametrize("reason", list(FACES))
def test_every_reason_has_a_text_that_begins_with_it(reason: Reason) -> None:
    problem = Problem(reason).as_dict(request_id="req_1")

    result = answers.refused(problem)

    assert text_of(result).startswith(f"{str(problem['code']).upper()}. ")
    assert result["isError"] is True
    assert valid(result)["_meta"]["sealwright/problem"] == problem


def test_a_problem_is_told_with_all_that_a_model_can_act_on() -> None:
    problem = Problem(
        Reason.INVALID_ARGUMENTS,
        errors=[{"pointer": "/pull", "message": "is required"}],
        reason_for_agent="Not on a Friday.",
        result={"status": 422, "body": "no"},
        finding="happened",
        call_id="cal_1",
        retry_after=7,
    ).as_dict(request_id="req_1")

    result = answers.refused(problem)

    said = text_of(result)
    for part in (
        *("/pull: is required.", "Not on a Friday.", '"status":422', "cal_1"),
        *("7 seconds", "it happened", str(problem["next"])),
    ):
        assert part in said
    assert result["structuredContent"] == {"status": 422, "body": "no"}


RESULT: Final = {"status": 201, "content_type": "application/json", "body": {"n": 1}}


def test_a_completed_call_is_told_twice_over() -> None:
    told = answers.completed(RESULT, CALL)

    assert text_of(told) == answers.compact(RESULT)
    assert told["structuredContent"] == RESULT
    for version in (MODERN, *LEGACY):
        valid(told, version)


def test_a_completed_call_without_a_kept_answer_says_so() -> None:
    told = answers.completed(None, CALL)

    assert "not kept" in text_of(told)
    assert "structuredContent" not in told
    valid(told)


LINK: Final = {"type": "resource_link", "uri": "file:///a", "name": "a"}
UPSTREAM: Final[dict[str, Any]] = {
    "content": [{"type": "text", "text": "hello"}, LINK],
    "structuredContent": [1, 2],
    "isError": True,
}


@pytest.mark.parametrize("version", [MODERN, *LEGACY])
def test_an_upstreams_answer_is_passed_through_as_a_revision_knows_it(
    version: str,
) -> None:
    told = answers.passed_through(UPSTREAM, CALL, message=message(version))

    assert told is not None
    assert told["isError"] is True
    kinds = [block["type"] for block in told["content"]]  # type: ignore[attr-defined]
    oldest = version == "2025-03-26"
    assert kinds == ["text", "text" if oldest else "resource_link"]
    assert ("structuredContent" in told) is (version == MODERN)
    valid(told, version)


@pytest.mark.parametrize("version", [MODERN, *LEGACY])
def test_an_upstreams_object_is_passed_through_everywhere(version: str) -> None:
    body = {"content": [], "structuredContent": {"a": 1}}

    told = answers.passed_through(body, CALL, message=message(version))  # type: ignore[arg-type]

    assert told is not None
    assert told["structuredContent"] == {"a": 1}
    assert told["isError"] is False


@pytest.mark.parametrize("body", [None, [], "x", {}, {"content": "x"}])
def test_what_is_no_result_is_not_passed_through(body: Any) -> None:
    assert answers.passed_through(body, CALL, message=message(MODERN)) is None


def test_a_replay_says_at_its_end_that_it_is_one() -> None:
    told = answers.completed(RESULT, CALL)

    again = answers.replayed(told, call_id="cal_1", at="2026-11-23T10:07:31Z")

    assert again["content"][:1] == told["content"]  # type: ignore[index]
    assert again["content"][-1]["text"] == (  # type: ignore[index]
        "This is the outcome of call cal_1 at 2026-11-23T10:07:31Z. "
        "It was not run again."
    )


@pytest.mark.parametrize(("state", "word"), [("queued", "queued"), ("sending", "sent")])
def test_a_running_call_is_no_success_and_no_second_run(state: str, word: str) -> None:
    told = answers.running("cal_1", state)

    assert text_of(told).startswith("RUNNING. ")
    assert word in text_of(told)
    assert told["isError"] is True
    valid(told)


def standing(state: str, **more: Any) -> Standing:
    members: dict[str, Any] = {"deferred": False, **more}
    return Standing({**APPROVAL, "state": state}, **members)


TASK_ROWS: Final = [
    (standing("pending"), "working", "Waiting for a person (code K7Q-4M2)"),
    (standing("approved", deferred=True), "working", "Approved; about to run."),
    (standing("approved"), "working", "Approved; repeat the call."),
    (standing("executed"), "working", "Running."),
    (standing("executed", call="queued"), "working", "Running."),
    (standing("executed", call="sending"), "working", "Running."),
    *(
        (standing("executed", call=call), "completed", "")
        for call in ("completed", "failed", "outcome_unknown", "resolved")
    ),
    *(
        (standing(state), "completed", "")
        for state in ("denied", "expired", "superseded", "revoked", "lapsed")
    ),
    (standing("cancelled", ended_by="agent"), "cancelled", "by the agent"),
    (standing("cancelled", ended_by="person"), "cancelled", "by a person"),
    (standing("cancelled", ended_by="system"), "cancelled", "its session"),
]


@pytest.mark.parametrize(("where", "status", "said"), TASK_ROWS)
def test_a_task_has_the_status_of_its_approval_and_call(
    where: Standing, status: str, said: str
) -> None:
    got, words = task_status(where)

    assert got == status
    assert said in words


STATUS_ROWS: Final = [
    (standing("pending"), "PENDING. Nothing was executed."),
    (standing("approved"), "APPROVED. Not executed yet."),
    (standing("approved", deferred=True), "APPROVED. It is about to run by itself"),
    (standing("executed", call="queued"), "RUNNING."),
    (standing("executed", call="sending"), "RUNNING."),
    (standing("executed", call="completed"), "EXECUTED."),
    (standing("executed", call="failed"), "EXECUTED."),
    (standing("executed", call="outcome_unknown"), "OUTCOME_UNKNOWN."),
    (standing("executed", call="resolved"), "EXECUTED."),
    *((standing(state), "how it ended") for state in ENDINGS),
]


@pytest.mark.parametrize(("where", "said"), STATUS_ROWS)
def test_the_status_of_an_approval_begins_with_one_word(
    where: Standing, said: str
) -> None:
    assert status_text(where, ending="how it ended").startswith(said)


def test_an_outcome_that_is_still_told_again_is_asked_for_by_repeating() -> None:
    done = {"call": "completed"}

    still = status_text(standing("executed", replays=True, **done), ending="")
    over = status_text(standing("executed", **done), ending="")

    assert "Repeat the identical call" in still
    assert "Repeat" not in over
