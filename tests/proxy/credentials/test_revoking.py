"""What goes wrong while a credential goes back is for an admin, not for the call."""

import logging

import pytest

from governance.egress import Deadline
from proxy.credentials.revoking import Return, Returns


def test_an_unforeseen_failure_is_tried_again_told_and_takes_no_call_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []
    returns = Returns()

    def give_back(_deadline: Deadline) -> None:
        raise ValueError("a-secret-in-an-error")

    with caplog.at_level(logging.WARNING):
        is_back = returns.end(Return(give_back, lambda: told.append("failed")))
    returns.drain()

    assert not is_back
    assert told == ["failed"]
    assert caplog.text.count("was not given back: ValueError") == 3
    assert "a-secret-in-an-error" not in caplog.text
