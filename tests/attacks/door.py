"""What is refused before there is a call: at the door itself, or by a page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from audit.models import Record
from governance.decision import Reason
from governance.errors import Problem
from tests.attacks.attack import newest_record
from tests.stage import Stage

REFUSED = "request.refused"


@contextmanager
def one_refusal(stage: Stage, event: str, reason: str | None) -> Iterator[None]:
    """Expect that the block sends nothing and leaves this one refusal on record."""
    sent, newest = stage.sent(), newest_record()
    yield
    assert stage.sent() == sent, "the backend received something"
    assert refusals_since(newest) == [(event, reason)]


def refusals_since(newest: str) -> list[tuple[str, str | None]]:
    """Return the refusals that were recorded after a record, oldest first."""
    left = Record.objects.filter(outcome="denied", id__gt=newest).order_by("id")
    return list(left.values_list("event", "reason"))


def turned_away(
    stage: Stage,
    reason: Reason,
    send: Callable[[], Any],
    *,
    event: str = REFUSED,
    recorded_as: str | None = None,
) -> dict[str, Any]:
    """Send something that has to be refused, and return the problem that it met."""
    with one_refusal(stage, event, recorded_as or reason):
        answer = send()
        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["code"]) == (
            Problem(reason).face.status,
            reason,
        )
        assert answer.headers["Content-Type"] == "application/problem+json"
    return problem
