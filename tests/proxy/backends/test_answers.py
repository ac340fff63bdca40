import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.arguments import JSON
from governance.decision import Reason, Risk
from proxy.backends.answers import (
    judge,
    lost,
    media_type,
    not_sent,
    result_body,
    too_large,
)

WRITES = [Risk.WRITE, Risk.PRIVILEGED]
COMPLETED = [200, 201, 202, 204, 206, 299, 303]
MISTAKEN = [400, 404, 405, 409, 410, 422, 429, 451, 499]
REFUSED_US = [401, 403, 407]
NOT_DONE = [300, 301, 302, 304, 305, 307, 308, 399, 501, 503, 505]
UNCLEAR = [408, 500, 502, 504, 506, 599, 600, 999]


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize("status", COMPLETED)
def test_it_completed(status: int, risk: Risk) -> None:
    outcome = judge(status, risk=risk, content_type="text/plain", body=b"done")

    assert (outcome.state, outcome.reason) == ("completed", None)
    assert (outcome.status, outcome.body) == (status, b"done")


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize("status", MISTAKEN)
def test_a_mistake_of_the_agent_comes_back_with_what_the_backend_said(
    status: int, risk: Risk
) -> None:
    outcome = judge(status, risk=risk, content_type="text/plain", body=b"no such PR")

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_ERROR)
    assert (outcome.content_type, outcome.body) == ("text/plain", b"no such PR")
    assert not outcome.drop_lease


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize("status", REFUSED_US)
def test_a_refused_credential_is_dropped_and_its_answer_is_not_handed_on(
    status: int, risk: Risk
) -> None:
    outcome = judge(status, risk=risk, content_type="text/plain", body=b"bad token")

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_ERROR)
    assert outcome.drop_lease
    assert outcome.body is None
    assert "credential" in outcome.detail


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize("status", NOT_DONE)
def test_what_says_that_nothing_was_done_failed(status: int, risk: Risk) -> None:
    outcome = judge(status, risk=risk, content_type="text/plain", body=b"elsewhere")

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_ERROR)
    assert (outcome.status, outcome.body) == (status, None)


@pytest.mark.parametrize("status", UNCLEAR)
def test_an_unclear_answer_is_called_so_but_for_a_read(status: int) -> None:
    read = judge(status, risk=Risk.READ, body=b"oops")
    writes = [judge(status, risk=risk, body=b"oops") for risk in WRITES]

    assert (read.state, read.reason) == ("failed", Reason.BACKEND_ERROR)
    assert {(each.state, each.reason, each.body) for each in writes} == {
        ("outcome_unknown", Reason.OUTCOME_UNKNOWN, None)
    }


def test_a_lost_answer_is_unclear_but_for_a_read() -> None:
    outcomes = [lost("It was cut.", risk=risk) for risk in Risk]

    assert [each.state for each in outcomes] == [
        "failed",
        "outcome_unknown",
        "outcome_unknown",
    ]
    assert {each.status for each in outcomes} == {None}


def test_what_was_never_sent_failed_and_the_addresses_are_for_the_record() -> None:
    outcome = not_sent("api.internal resolves to 10.1.2.3, which is private.")

    assert (outcome.state, outcome.reason) == ("failed", Reason.BACKEND_UNREACHABLE)
    assert "10.1.2.3" in outcome.note
    assert "10.1.2.3" not in outcome.detail


@pytest.mark.parametrize(
    ("status", "risk", "state", "reason"),
    [
        (200, Risk.WRITE, "completed", Reason.RESPONSE_TOO_LARGE),
        (303, Risk.READ, "completed", Reason.RESPONSE_TOO_LARGE),
        (404, Risk.WRITE, "failed", Reason.BACKEND_ERROR),
        (500, Risk.READ, "failed", Reason.BACKEND_ERROR),
        (500, Risk.WRITE, "outcome_unknown", Reason.OUTCOME_UNKNOWN),
    ],
)
def test_an_answer_over_the_cap_is_judged_by_its_status(
    status: int, risk: Risk, state: str, reason: Reason
) -> None:
    outcome = too_large(status, risk=risk)

    assert (outcome.state, outcome.reason) == (state, reason)
    assert (outcome.status, outcome.body) == (status, None)


@given(st.integers(100, 999), st.sampled_from(WRITES))
def test_a_write_is_never_called_failed_after_a_server_error(
    status: int, risk: Risk
) -> None:
    outcome = judge(status, risk=risk)

    if status >= 500 and status not in NOT_DONE:
        assert outcome.state == "outcome_unknown"


@pytest.mark.parametrize(
    ("body", "content_type", "result"),
    [
        (b'{"a":[1,2.5]}', "application/json", {"a": [1, 2.5]}),
        (b'[{"a":1}]', "application/json; charset=utf-8", [{"a": 1}]),
        (b" null\n", "application/vnd.github+json", None),
        (b'"text"', "APPLICATION/JSON", "text"),
        (b'{"a":1}', "text/plain", '{"a":1}'),
        (b'{"a":1}', "", '{"a":1}'),
        (b'{"a":1,"a":2}', "application/json", '{"a":1,"a":2}'),
        (b'{"a":1', "application/json", '{"a":1'),
        (b'1,"x":2', "application/json", '1,"x":2'),
        (b'1,"body":2', "application/json", '1,"body":2'),
        (b'1}{"a":1', "application/json", '1}{"a":1'),
        (b"[1e400]", "application/json", "[1e400]"),
        (b"", "application/json", ""),
        (b"\xff\x00", "application/octet-stream", "\ufffd\ufffd"),
    ],
)
def test_a_body_is_json_where_it_is_strictly_that_and_text_else(
    body: bytes, content_type: str, result: JSON
) -> None:
    assert result_body(body, content_type) == result


def test_a_bomb_is_handed_on_as_text() -> None:
    bomb = b"[" * 100_000

    assert result_body(bomb, "application/json") == bomb.decode()


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("application/json", "application/json"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("text/plain; secret=abc", ""),
        ("[redacted:credential]", ""),
        ("text", ""),
        ("", ""),
    ],
)
def test_of_a_content_type_only_the_type_goes_on(header: str, kept: str) -> None:
    assert media_type(header) == kept
