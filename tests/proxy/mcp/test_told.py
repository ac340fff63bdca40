"""What people write and find out, as it reaches an agent at the MCP door."""

import pytest

from proxy.mcp import answers
from proxy.mcp.states import Standing, status_text, task_status
from tests.proxy.mcp.client import text_of
from tests.proxy.mcp.test_answers import APPROVAL, standing

ASKED_BACK = {**APPROVAL, "reason_for_agent": 'Which "PR"?'}
SAID = (
    'A person writes: "Which \\"PR\\"?". '
    "Answer by repeating the call with a new reason."
)


def test_what_a_person_asks_back_is_in_every_text_while_it_waits() -> None:
    waiting = Standing(ASKED_BACK, deferred=True)

    told = (
        text_of(answers.asks_by_text(ASKED_BACK, opened=False)),
        status_text(waiting, ending=""),
        task_status(waiting)[1],
    )

    assert all(text.endswith(SAID) for text in told)


def test_where_nobody_asks_nothing_is_put_into_a_mouth() -> None:
    told = text_of(answers.asks_by_text(APPROVAL, opened=True))

    assert "A person writes" not in told


@pytest.mark.parametrize(
    ("finding", "word", "said"),
    [
        ("happened", "EXECUTED", "found out that it happened"),
        ("did_not_happen", "NOT_EXECUTED", "did not happen. Ask anew"),
        ("cannot_tell", "OUTCOME_UNKNOWN", "could not tell"),
    ],
)
def test_what_was_found_out_is_the_state_that_is_told(
    finding: str, word: str, said: str
) -> None:
    where = standing("executed", call="resolved", finding=finding, replays=True)

    told = status_text(where, ending="")

    assert told.startswith(f"{word}. ")
    assert said in told
    assert "Repeat the identical call only to read its outcome" in told
