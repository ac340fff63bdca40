"""The request mapping of a route: validated arguments to one request.  Pure.

http.py, with path.py, query.py, headers.py and body.py, is of HTTP backends, mcp.py of
MCP servers; kinds.py knows which.

    {"method": "POST", "path": "/repos/acme/{repo}/issues/{pull}/comments",
     "query": {"minutes": "{minutes}"}, "headers": {"X-Key": "{call_id}"},
     "body": {"body": "{body}"}}

Arguments fill declared places only: no value adds a segment, a parameter, a header
or a member.
"""

from governance.mapping.http import HttpMapping, MappedRequest
from governance.mapping.kinds import (
    Mapped,
    RequestMapping,
    mapping_problems,
    parse_mapping,
)
from governance.mapping.mcp import MappedToolCall, McpMapping, header_text
from governance.mapping.path import PathInvalid
from governance.mapping.places import MappingInvalid

__all__ = [
    "HttpMapping",
    "Mapped",
    "MappedRequest",
    "MappedToolCall",
    "MappingInvalid",
    "McpMapping",
    "PathInvalid",
    "RequestMapping",
    "header_text",
    "mapping_problems",
    "parse_mapping",
]
