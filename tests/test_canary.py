"""No secret of an installation is anywhere but in its own place.  It runs last.

A walk through every feature, then a search for each secret, as it is and in every
encoding that redaction knows: in all that was answered, in every column of every
table, in Redis, mails, spans, logs and files; and in the logs of the whole run.
"""

import logging
import re
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_django import Settings

from audit.models import Record
from governance.logs import JsonLines
from proxy import telemetry
from proxy.tracing import provider_of_traces
from tests.canary import places
from tests.canary.known import Known, key_files
from tests.canary.walk import Walk
from tests.factories import PASSWORD
from tests.run_log import RunLog
from tests.stage import SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

KEY = re.compile(r"swk_[0-9a-f]{16}_[\w-]{43}")
TOKEN = re.compile(r"eyJ[\w-]{20,}\.eyJ[\w-]{100,}\.[\w-]{80,}")

# What has to have happened, for the search to mean something.
MET = {
    *("call.allowed", "call.completed", "call.failed", "call.unknown"),
    *("call.denied", "call.replayed", "call.resolved", "request.refused"),
    *("key.refused", "key.created", "lane.secret_replaced", "session.opened"),
    *("approval.requested", "approval.approved", "approval.denied"),
    *("approval.revoked", "approval.vote_refused", "approval.notified"),
    *("person.signed_in", "person.sign_in_failed", "person.password_changed"),
    *("export.started", "export.finished", "claim.minted"),
}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), provider_of_traces()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry.trace_with(provider)
    yield exporter
    telemetry.trace_with(None)


@pytest.fixture
def walk(stage: Stage, settings: Settings) -> Walk:
    settings.AGENT_CALLS_PER_SECOND = 0
    return Walk(stage)


def test_no_secret_is_anywhere_but_in_its_own_place(
    walk: Walk, caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter
) -> None:
    with caplog.at_level(logging.DEBUG):
        walk.take()
    said = {
        **walk.said,
        "the raw logs": caplog.text + str([vars(log) for log in caplog.records]),
        "the logs": "\n".join(JsonLines().format(log) for log in caplog.records),
        "the spans": "\n".join(span.to_json() for span in spans.get_finished_spans()),
        **dict(places.tables()),
        **dict(places.queue()),
        **dict(places.mails()),
        **dict(places.files()),
    }
    events = Record.objects.values_list("event", flat=True)
    secrets = [*walk.secrets(), *key_files()]

    assert len(said) > 200
    assert set(events) >= MET
    assert all(said[place] for place in ("the logs", "the spans", "table audit_record"))
    assert {known.name for known in secrets} >= {"a claim's token", "a new key"}
    assert [found for known in secrets for found in _found(known, said)] == []


def _found(known: Known, said: dict[str, str]) -> Iterator[str]:
    forms = known.forms()
    for place, text in said.items():
        if not place.startswith(known.may_be_in or ("\0",)):
            for form in forms:
                if form in text:
                    at = text.index(form)
                    yield f"{known.name} in {place}: …{text[max(0, at - 60) : at]}"


def test_the_search_finds_what_is_there() -> None:
    """A search that finds nothing proves something only if it could."""
    known = Known("a password", PASSWORD, ("its place",))
    for form in known.forms():
        assert list(_found(known, {"elsewhere": f"x{form}y"}))
        assert not list(_found(known, {"its place": f"x{form}y"}))
    assert len(known.forms()) >= 10


def test_the_logs_of_the_whole_run_hold_no_secret(run_log: RunLog) -> None:
    raw, written = run_log.text("raw"), run_log.text("written")

    assert raw.count("\n") >= written.count("\n") > 10
    for known in (Known("a lane", SECRET), Known("a password", PASSWORD), *key_files()):
        assert list(_found(known, {"the logs": raw})) == []
    assert KEY.findall(written) == []
    assert TOKEN.findall(written) == []
