"""Which client a call leaves by: the mapping of its route says it."""

from typing import TypeAlias

from governance.decision import Risk
from governance.egress import BackendSettings, Deadline, OutboundRequest, parse_url
from governance.mapping import Mapped, MappedToolCall
from proxy.backends import http, mcp
from proxy.backends.answers import BackendOutcome
from proxy.backends.http import Outbound
from proxy.backends.mcp import OutboundToolCall
from proxy.credentials.credential import Credential

Outgoing: TypeAlias = Outbound | OutboundToolCall


def outgoing(
    *,
    backend: BackendSettings,
    mapped: Mapped,
    risk: Risk,
    traceparent: str,
    deadline: Deadline,
) -> Outgoing:
    """Return a call on its way, as the client of its backend wants it."""
    if isinstance(mapped, MappedToolCall):
        return OutboundToolCall(backend, mapped, risk, traceparent, deadline)
    return Outbound(backend, mapped, risk, traceparent, deadline)


def send(call: Outgoing, credential: Credential) -> BackendOutcome:
    """Send ``call`` once; whatever happens is an outcome, never an exception."""
    if isinstance(call, OutboundToolCall):
        return mcp.send(call, credential)
    return http.send(call, credential)


def as_sent(call: Outgoing, credential: Credential) -> tuple[str, OutboundRequest]:
    """Return the base of its URL and the request itself; nothing is sent."""
    base = call.backend.base_url.rstrip("/")
    if isinstance(call, OutboundToolCall):
        return parse_url(base).origin, mcp.preview_request(call, credential)
    request = http.outbound_request(
        call.mapped,
        credential,
        traceparent=call.traceparent,
        base_url=call.backend.base_url,
    )
    return base, request
