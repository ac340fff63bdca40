"""One stored call to an upstream MCP server, one outcome back."""

from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings

from governance.decision import Risk
from governance.egress import (
    EGRESS,
    AnswerLost,
    AnswerTooLarge,
    BackendSettings,
    ConnectFailed,
    Deadline,
    Egress,
    EgressRefused,
    OutboundRequest,
)
from governance.mapping import MappedToolCall
from proxy.backends.answers import BackendOutcome, lost, not_sent, too_large
from proxy.backends.mcp.dialogues import NotOpened, dialogue
from proxy.backends.mcp.eras import ERAS
from proxy.backends.mcp.lines import Line
from proxy.backends.mcp.listing import catalogue
from proxy.backends.mcp.messages import (
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MODERN,
    Message,
    Writer,
)
from proxy.backends.mcp.outcomes import UNSUPPORTED_VERSION, judge_reply
from proxy.backends.mcp.replies import Reply, Unreadable
from proxy.credentials.credential import Credential

_ERA_ERRORS: Final = frozenset({INVALID_REQUEST, METHOD_NOT_FOUND, UNSUPPORTED_VERSION})
_ERA_STATUSES: Final = frozenset({400, 404, 405})


@dataclass(frozen=True, slots=True)
class OutboundToolCall:
    """A call on its way: what was approved, rendered, and where it goes."""

    backend: BackendSettings
    mapped: MappedToolCall
    risk: Risk
    traceparent: str
    deadline: Deadline


def send(
    call: OutboundToolCall, credential: Credential, *, egress: Egress = EGRESS
) -> BackendOutcome:
    """Send ``call`` once; whatever happens is an outcome, never an exception."""
    line = _line(call, credential, egress)
    try:
        with dialogue(line) as writer:
            if not call.mapped.tool:
                return catalogue(line, writer)
            return _called(call, line, writer)
    except NotOpened as failure:
        return failure.outcome


def preview_request(call: OutboundToolCall, credential: Credential) -> OutboundRequest:
    """Return the request that a modern upstream would get; nothing is sent."""
    line = _line(call, credential, EGRESS)
    writer = Writer(MODERN, call.traceparent, settings.VERSION)
    return line.posted(_message(call.mapped, writer))


def _line(call: OutboundToolCall, credential: Credential, egress: Egress) -> Line:
    return Line.to(
        call.backend,
        credential,
        traceparent=call.traceparent,
        deadline=call.deadline,
        egress=egress,
    )


def _message(mapped: MappedToolCall, writer: Writer) -> Message:
    return writer.call_tool(
        mapped.tool, mapped.arguments, id_=mapped.call_id, params=mapped.params
    )


def _called(call: OutboundToolCall, line: Line, writer: Writer) -> BackendOutcome:
    try:
        reply = line.ask(_message(call.mapped, writer), writer=writer)
    except (EgressRefused, ConnectFailed) as failure:
        return not_sent(str(failure))
    except (AnswerLost, Unreadable) as failure:
        outcome = lost(str(failure), risk=call.risk)
    except AnswerTooLarge as failure:
        outcome = too_large(failure.status, risk=call.risk)
    else:
        _reconsider(line, writer, reply)
        outcome = judge_reply(reply, risk=call.risk, version=writer.version)
    # Where the request went is known, though its answer may not be.
    return replace(outcome, origin=line.backend.base_url)


def _reconsider(line: Line, writer: Writer, reply: Reply) -> None:
    """Ask for the era again where the answer says that it is another one."""
    bare = reply.error is None and reply.status in _ERA_STATUSES
    if writer.is_modern and (bare or reply.error in _ERA_ERRORS):
        ERAS.forget(line.backend)
