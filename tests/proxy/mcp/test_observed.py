"""What operators see of the door: spans without arguments, refusals by reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from proxy.telemetry import trace_with
from proxy.tracing import provider_of_traces
from tests.proxy.mcp.client import MODERN, WITH_TASKS, Mcp
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), provider_of_traces()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_with(provider)
    yield exporter
    trace_with(None)


def door_of(exported: InMemorySpanExporter) -> ReadableSpan:
    """Return the outermost span: the last one that ended."""
    return exported.get_finished_spans()[-1]


def test_a_request_is_a_span_around_its_call_in_the_callers_trace(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    traced = {"traceparent": f"00-{TRACE}-{PARENT}-01"}

    Mcp(stage).call("github.read_pr", READ, meta=traced)

    whole = door_of(exported)
    assert whole.name == "tools/call github.read_pr"
    assert whole.attributes == {
        "mcp.method.name": "tools/call",
        "mcp.protocol.version": MODERN,
        "gen_ai.tool.name": "github.read_pr",
    }
    assert whole.parent is not None
    assert f"{whole.parent.span_id:016x}" == PARENT
    [call] = [s for s in exported.get_finished_spans() if s.name == "call_tool"]
    assert call.parent == whole.context


@pytest.mark.parametrize(
    ("method", "params", "kind"),
    [
        ("tools/call", {"name": "github.read_pr", "arguments": {}}, "tool_error"),
        ("tools/call", {"name": "no.such", "arguments": {}}, "-32602"),
        ("tools/list", {"cursor": "!"}, "-32602"),
    ],
)
def test_a_failure_is_told_by_its_kind(
    stage: Stage,
    exported: InMemorySpanExporter,
    method: str,
    params: dict[str, Any],
    kind: str,
) -> None:
    Mcp(stage).ask(method, params)

    attributes = door_of(exported).attributes
    assert attributes is not None
    assert attributes["error.type"] == kind


def test_no_span_holds_what_was_asked(
    stage: Stage, exported: InMemorySpanExporter
) -> None:
    Mcp(stage).call(
        "github.comment_pr",
        {**COMMENT, "body": "CANARY-7"},
        meta={"sealwright/reason": "CANARY-7"},
    )

    for span in exported.get_finished_spans():
        assert "CANARY-7" not in span.to_json()


def refusals(reason: str) -> float:
    value = REGISTRY.get_sample_value("sealwright_refusals_total", {"reason": reason})
    return value or 0.0


@pytest.mark.parametrize(
    ("version", "name", "args", "reason"),
    [
        (MODERN, "github.read_pr", {}, "invalid_arguments"),
        ("2025-11-25", "github.read_pr", {}, "invalid_arguments"),
        (MODERN, "no.such", {}, "unknown_tool"),
        ("2025-11-25", "no.such", {}, "unknown_tool"),
        (MODERN, "approval_status", {"approval_id": "apr_x"}, "not_found"),
    ],
)
def test_a_refusal_is_counted_once_by_its_reason_behind_whatever_status(
    stage: Stage, version: str, name: str, args: dict[str, Any], reason: str
) -> None:
    before = refusals(reason)

    Mcp(stage, version).ask("tools/call", {"name": name, "arguments": args})

    assert refusals(reason) == before + 1


def test_neither_an_ask_nor_a_look_at_a_denied_task_is_a_refusal(stage: Stage) -> None:
    client = Mcp(stage, capabilities=WITH_TASKS)
    task = client.call("github.comment_pr", COMMENT)
    stage.vote(stage.ana, "deny", stage.pending())
    before = refusals("approval_denied"), refusals("approval_required")

    for _ in range(3):
        client.result("tasks/get", {"taskId": task["taskId"]})

    assert (refusals("approval_denied"), refusals("approval_required")) == before
