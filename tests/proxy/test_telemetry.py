"""Spans of the road: in the caller's trace, and with nothing in them to hide."""

import json
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_django import Settings

from audit.context import Context, use
from audit.models import Record
from proxy import telemetry
from proxy.telemetry import governed, step, trace_with, traceparent
from proxy.tracing import exporting_provider, provider_of_traces
from tests.stage import COMMENT, READ, SECRET, Stage

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"

local_remote = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), provider_of_traces()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_with(provider)
    yield exporter
    trace_with(None)


def names(exported: InMemorySpanExporter) -> list[str]:
    return [span.name for span in exported.get_finished_spans()]


def root(exported: InMemorySpanExporter) -> ReadableSpan:
    (span,) = [s for s in exported.get_finished_spans() if s.name == "call_tool"]
    return span


@local_remote
def test_every_step_of_a_call_is_a_span_below_the_call(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    stage.post({"tool": "github.read_pr", "args": READ})

    assert names(exported) == ["judge", "spend", "send", "settle", "call_tool"]
    whole = root(exported)
    assert whole.attributes == {
        "sealwright.tool": "github.read_pr",
        "sealwright.outcome": "completed",
    }
    for span in exported.get_finished_spans()[:-1]:
        assert span.parent == whole.context


@local_remote
def test_a_call_goes_on_in_the_trace_of_its_caller(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    stage.post(
        {"tool": "github.read_pr", "args": READ},
        traceparent=f"00-{TRACE}-{PARENT}-01",
    )

    whole = root(exported)
    assert whole.parent is not None
    assert f"{whole.parent.span_id:016x}" == PARENT
    assert {f"{s.context.trace_id:032x}" for s in exported.get_finished_spans()} == {
        TRACE
    }
    send = next(s for s in exported.get_finished_spans() if s.name == "send")
    (received,) = stage.remote.received
    assert received.all("traceparent") == [f"00-{TRACE}-{send.context.span_id:016x}-01"]


@local_remote
def test_a_new_trace_has_the_id_that_the_records_have(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    stage.post({"tool": "github.read_pr", "args": READ})

    assert root(exported).parent is None
    recorded = Record.objects.get(event="call.completed").trace_id
    assert f"{root(exported).context.trace_id:032x}" == recorded


@local_remote
def test_a_refusal_names_its_reason_and_no_tool_that_nobody_has(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    stage.post({"tool": "swk_abcd_THISISNOTATOOLBUTAKEY", "args": {}})

    assert root(exported).attributes == {
        "sealwright.tool": "",
        "sealwright.outcome": "denied",
        "sealwright.reason": "unknown_tool",
    }


@local_remote
def test_no_span_holds_arguments_summaries_or_secrets(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    stage.call(args={**COMMENT, "body": "CANARY-argument"}, reason="CANARY-reason")
    stage.approve()
    stage.call(args={**COMMENT, "body": "CANARY-argument"})
    stage.post({"tool": "github.comment_pr", "args": {"repo": "CANARY-wrong"}})

    told = "".join(span.to_json() for span in exported.get_finished_spans())
    assert "CANARY" not in told
    assert SECRET not in told
    assert "Comment on" not in told


def test_the_text_of_an_exception_stays_out_of_the_span(
    exported: InMemorySpanExporter,
) -> None:
    with pytest.raises(RuntimeError), step("send"):
        raise RuntimeError("CANARY-text")

    (span,) = exported.get_finished_spans()
    assert json.loads(span.to_json())["events"] == []
    assert span.status.description is None


def test_without_a_provider_a_step_is_the_same_nothing() -> None:
    trace_with(None)

    assert step("judge") is step("send")
    with governed() as span:
        span.ended("github.read_pr", "completed")


def test_without_a_provider_the_trace_goes_on_under_a_new_span() -> None:
    trace_with(None)

    with use(Context(door="rest", trace_id=TRACE)):
        first, second = traceparent(), traceparent()

    assert first.startswith(f"00-{TRACE}-")
    assert first.endswith("-01")
    assert first != second


def test_an_endpoint_switches_the_exporter_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    monkeypatch.setattr("proxy.tracing.exporting_provider", provider_of_traces)
    trace_with(None)

    assert step("judge") is not telemetry._NOTHING  # noqa: SLF001 - which it would be

    settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""
    trace_with(None)


def test_what_is_exported_says_of_which_program_it_is() -> None:
    provider = exporting_provider()

    try:
        assert provider.resource.attributes["service.name"] == "sealwright"
    finally:
        provider.shutdown()
