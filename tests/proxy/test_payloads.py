"""Bytes are kept for their time, and then they and their keys are gone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Payload
from proxy import settling
from proxy.asking import Ended
from proxy.models import Call
from proxy.tasks import drop_payloads
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def let_their_time_pass() -> None:
    Payload.objects.update(keep_until=timezone.now() - timedelta(seconds=1))


def test_a_key_is_kept_as_long_as_its_outcome(stage: Stage) -> None:
    first = stage.call("github.read_pr", args=READ, idempotency_key="k1")
    stage.call(idempotency_key="k2")
    let_their_time_pass()
    drop_payloads()

    again = stage.call("github.read_pr", args=READ, idempotency_key="k1")
    other = stage.call("github.read_pr", args={**READ, "pull": 7}, idempotency_key="k2")

    assert isinstance(first, Ended)
    assert isinstance(again, Ended)
    assert isinstance(other, Ended)
    assert not again.replayed
    assert again.call_id != first.call_id
    assert stage.sent() == 3


def test_many_are_dropped_in_batches_that_read_no_bytes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "PAYLOAD_BATCH", 2)
    for pull in range(1, 6):
        stage.call("github.read_pr", args={**READ, "pull": pull})
    let_their_time_pass()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        dropped = settling.drop_payloads(now=timezone.now())

    assert dropped == 5
    reading = [query["sql"] for query in queries if "SELECT" in query["sql"]]
    assert not any('"request"' in sql for sql in reading)


def test_a_stale_call_is_told_to_its_owner_admins_and_voters(stage: Stage) -> None:
    stage.approved()
    stage.call()
    Call.objects.update(
        state="sending", deadline_at=timezone.now() - timedelta(minutes=1)
    )

    assert settling.settle_stale(now=timezone.now()) == 1
    assert settling.settle_stale(now=timezone.now()) == 0

    told = stage.pending().deliveries.filter(event="outcome_unknown")
    assert sorted(told.values_list("recipient__username", flat=True)) == ["ana", "sam"]


def test_an_approved_call_that_was_never_sent_is_told_as_failed(stage: Stage) -> None:
    stage.approved()
    stage.call()
    Call.objects.update(
        state="queued", deadline_at=timezone.now() - timedelta(minutes=1)
    )

    settling.settle_stale(now=timezone.now())

    assert Call.objects.get().state == "failed"
    told = stage.pending().deliveries.filter(event="failed")
    assert [each.reader.username for each in told] == ["sam"]
