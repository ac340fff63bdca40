"""What every attack has to show: refused with its reason, nothing sent, on record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Claim
from approvals.services import token_for
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied, Problem
from tests.stage import COMMENT, Stage


@dataclass(slots=True)
class Attack:
    """Attempts on a stage, each of which has to fail and to leave its record."""

    stage: Stage

    def assert_refused(
        self, reason: Reason, *, recorded_as: Reason | None = None, **members: Any
    ) -> dict[str, Any]:
        """Try a call through the door, and return the problem that it met."""
        body = {"tool": "github.comment_pr", "args": COMMENT, **members}
        with self._fails(recorded_as or reason):
            answer = self.stage.post(body)
            problem: dict[str, Any] = answer.json()
            assert problem.get("code") == reason, problem
            assert answer.status_code == Problem(reason).face.status
            assert answer.headers["Content-Type"] == "application/problem+json"
        return problem

    @contextmanager
    def assert_refusal(self, reason: Reason) -> Iterator[None]:
        """Expect that the block, which takes the road itself, is refused."""
        with self._fails(reason):
            with pytest.raises(Denied) as denial:
                yield
            assert denial.value.reason is reason

    def runs(self, **members: Any) -> dict[str, Any]:
        """Make a call that has to pass: nothing of what was tried was in its way."""
        sent = self.stage.sent()
        body = {"tool": "github.comment_pr", "args": COMMENT, **members}
        answer = self.stage.post(body)
        assert answer.status_code == 200, answer.content
        assert self.stage.sent() == sent + 1
        told: dict[str, Any] = answer.json()
        return told

    @contextmanager
    def _fails(self, recorded_as: Reason) -> Iterator[None]:
        sent, newest = self.stage.sent(), newest_record()
        yield
        assert self.stage.sent() == sent, "the backend received something"
        # Who is suspended does not get past the MCP door, and so not on the road.
        events = {"call.denied"} | ({"request.refused"} if self.stage.door else set())
        left = Record.objects.filter(event__in=events, id__gt=newest)
        reasons = list(left.values_list("reason", flat=True))
        assert reasons == [recorded_as], "not one record with its reason"


def newest_record() -> str:
    """Return the id of the newest evidence."""
    newest = Record.objects.order_by("id").values_list("id", flat=True).last()
    return newest or ""


def token(claim: Claim, *, at: datetime | None = None) -> str:
    """Return a token as its agent fetches it, or fetched it at another time."""
    row = Claim.objects.select_related("tenant", "agent").get(pk=claim.pk)
    return token_for(row, now=at or timezone.now()).token
