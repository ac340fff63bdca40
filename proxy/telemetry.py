"""Spans for the steps of the road, where OpenTelemetry is installed and configured.

The extra ``otel`` and ``OTEL_EXPORTER_OTLP_ENDPOINT`` switch it on; without them a step
costs one function call.  A span holds the tool's name, the outcome and the reason of a
refusal, never arguments, summaries, results or the text of an exception.
"""

import functools
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from audit.context import current
from audit.randomness import random_hex
from governance.decision import Reason

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

_logger: Final = logging.getLogger(__name__)

_NOTHING: Final = nullcontext()
# The text of a foreign exception may hold arguments, so no span records one.
_SILENT: Final[dict[str, Any]] = {
    "record_exception": False,
    "set_status_on_exception": False,
}


class GovernedSpan:
    """The span of one governed call, or of nothing where nobody traces."""

    def __init__(self, span: "Span | None") -> None:
        self._span = span

    def refused(self, reason: Reason) -> None:
        """Say why it was refused."""
        if self._span is not None:
            self._span.set_attribute("sealwright.reason", reason.value)

    def ended(self, tool: str, outcome: str) -> None:
        """Say how it ended; ``tool`` is empty where none of that name has a route."""
        if self._span is not None:
            self._span.set_attribute("sealwright.tool", tool)
            self._span.set_attribute("sealwright.outcome", outcome)


_UNTRACED: Final = nullcontext(GovernedSpan(None))


class DoorSpan:
    """The span of one request at the MCP door, or of nothing where nobody traces."""

    def __init__(self, span: "Span | None") -> None:
        self._span = span

    def is_about(self, method: str, version: str, tool: str) -> None:
        """Name the method and the tool (OpenTelemetry's conventions for MCP)."""
        if self._span is None:
            return
        self._span.update_name(f"{method} {tool}".strip())
        self._span.set_attribute("mcp.method.name", method)
        self._span.set_attribute("mcp.protocol.version", version)
        if tool:
            self._span.set_attribute("gen_ai.tool.name", tool)

    def failed(self, kind: str) -> None:
        """Say that the answer is an error: its code, or ``tool_error``."""
        if self._span is not None:
            self._span.set_attribute("error.type", kind)


_NO_DOOR: Final = nullcontext(DoorSpan(None))


def step(name: str) -> AbstractContextManager[object]:
    """Open a span for a step of the road."""
    tracer = _tracer()
    if tracer is None:
        return _NOTHING
    return tracer.start_as_current_span(name, **_SILENT)


def governed() -> AbstractContextManager[GovernedSpan]:
    """Open the span of a whole call, in the trace that the caller named."""
    tracer = _tracer()
    return _UNTRACED if tracer is None else _call_span(tracer)


def at_the_door() -> AbstractContextManager[DoorSpan]:
    """Open the span of a request at the MCP door, in the trace that the caller named.

    Inside of it ``governed`` opens the one of the call.
    """
    tracer = _tracer()
    return _NO_DOOR if tracer is None else _door_span(tracer)


def traceparent() -> str:
    """Return what a backend is told of this trace (W3C Trace Context, section 3.2)."""
    trace_id, span_id, flags = current().trace_id or random_hex(16), random_hex(8), "01"
    if _tracer() is not None:
        from opentelemetry.trace import get_current_span  # noqa: PLC0415 (an extra)

        here = get_current_span().get_span_context()
        if here.is_valid:
            trace_id, span_id = f"{here.trace_id:032x}", f"{here.span_id:016x}"
            flags = f"{here.trace_flags:02x}"
    return f"00-{trace_id}-{span_id}-{flags}"


def trace_with(provider: "TracerProvider | None") -> None:
    """Send spans to this provider from now on; None: look at the settings again."""
    _tracer.cache_clear()
    _provider[:] = [] if provider is None else [provider]


_provider: Final[list["TracerProvider"]] = []


@functools.cache
def _tracer() -> "Tracer | None":
    if _provider:
        return _provider[0].get_tracer("sealwright", settings.VERSION)
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return None
    try:
        from proxy.tracing import exporting_provider  # noqa: PLC0415 (an extra)
    except ImportError:
        _logger.warning("no traces: install sealwright[otel]")
        return None
    return exporting_provider().get_tracer("sealwright", settings.VERSION)


@contextmanager
def _call_span(tracer: "Tracer") -> Iterator[GovernedSpan]:
    from proxy.tracing import around  # noqa: PLC0415 (an extra)

    with tracer.start_as_current_span("call_tool", context=around(), **_SILENT) as span:
        yield GovernedSpan(span)


@contextmanager
def _door_span(tracer: "Tracer") -> Iterator[DoorSpan]:
    from proxy.tracing import around  # noqa: PLC0415 (an extra)

    with tracer.start_as_current_span("mcp", context=around(), **_SILENT) as span:
        yield DoorSpan(span)
