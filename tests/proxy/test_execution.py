"""Running what is allowed: who comes second runs nothing."""

import pytest
from django.db import connection
from django.utils import timezone

from proxy import deferred
from proxy.asking import Ended
from proxy.execution import execute
from proxy.models import Call
from proxy.tasks import run_call
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_worker_that_comes_second_tells_the_outcome_and_holds_no_connection(
    stage: Stage,
) -> None:
    """What it borrowed goes back over the network after that."""
    stage.call(mode="deferred")
    stage.approve()
    call_id = deferred.run_approved(stage.pending().pk, now=timezone.now())
    call = Call.objects.select_related("agent__tenant", "session", "payload").get(
        pk=call_id
    )
    allowed, _is_suspended = deferred._allowed(call, now=timezone.now())  # noqa: SLF001 - as a worker holds it
    run_call(call.pk)

    told = execute(allowed, suspended=False)

    assert isinstance(told, Ended)
    assert (told.call_id, told.state) == (call.pk, Call.State.COMPLETED)
    assert connection.connection is None
    assert stage.sent() == 1
