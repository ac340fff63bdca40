"""The client of upstream MCP servers: one stored call, one outcome.

events.py     PURE  a stream of events into messages
messages.py   PURE  what is written to an upstream, of either era
replies.py    PURE  what came back for our id
results.py    PURE  a tool's result, held against the protocol and cut to it
outcomes.py   PURE  what a reply means for the call
lines.py            one exchange over the pool, with all that is ours to add
eras.py             which revision a backend speaks, remembered for ten minutes
dialogues.py        learn the era, open a legacy session and end it
calls.py            send(): one call
listing.py          list_tools(): the whole catalogue, within bounds

Of the caller's request nothing goes on but arguments that were validated, approved and
stored; the trace goes on as one of ours.  An upstream is told of no capability.
"""

from proxy.backends.mcp.calls import OutboundToolCall, preview_request, send
from proxy.backends.mcp.listing import ListingFailed, UpstreamTool, list_tools

__all__ = [
    "ListingFailed",
    "OutboundToolCall",
    "UpstreamTool",
    "list_tools",
    "preview_request",
    "send",
]
