"""OpenTelemetry itself; imported only where the extra is installed and configured."""

from django.conf import settings
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

from audit.context import current


class OurTraceIds(RandomIdGenerator):
    """Names a new trace as the records of this request do."""

    def generate_trace_id(self) -> int:
        """Return the request's trace id, or a new one outside of any request."""
        known = current().trace_id
        return int(known, 16) if known else super().generate_trace_id()


def exporting_provider() -> TracerProvider:
    """Return a provider that exports over OTLP, as the OTEL_* variables say."""
    provider = provider_of_traces()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def provider_of_traces() -> TracerProvider:
    """Return a provider whose traces have the ids that the records have."""
    named = {"service.name": "sealwright", "service.version": settings.VERSION}
    return TracerProvider(id_generator=OurTraceIds(), resource=Resource.create(named))


def around() -> Context | None:
    """Return None inside a span of ours, which is the parent; else the caller's."""
    is_inside = get_current_span().get_span_context().is_valid
    return None if is_inside else callers_context()


def callers_context() -> Context:
    """Return the context that the caller's ``traceparent`` opens; empty without one."""
    here = current()
    if not here.trace_id or not here.parent_span_id:
        return Context()
    parent = SpanContext(
        int(here.trace_id, 16),
        int(here.parent_span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return set_span_in_context(NonRecordingSpan(parent), Context())
