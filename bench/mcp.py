"""The rows of MCP: its door against the one of REST, its backends against HTTP's."""

import json
from typing import Any, Final

from bench.rig import Rig
from bench.rows import SMALL, Row, call, measured

CONNECTIONS: Final = (1, 16)
VERSION: Final = "2026-07-28"
_META: Final = "io.modelcontextprotocol"


def over_mcp(rig: Rig, seconds: float) -> list[Row]:
    """Measure governed reads and covered writes through ``/mcp``."""
    return [
        measured(
            rig,
            f"governed {name} over /mcp",
            [_message(tool, SMALL)],
            connections,
            seconds,
            path="/mcp",
            expect='"isError":false',
            headers=_headers(tool),
        )
        for name, tool in (("read", "bench.read"), ("write", "bench.write"))
        for connections in CONNECTIONS
    ]


def mcp_backend(rig: Rig, seconds: float) -> list[Row]:
    """Measure covered writes to an MCP server, as REST asks for them."""
    bodies = [call("bench.mcp_write", SMALL)]
    return [
        measured(rig, "governed write, mcp backend", bodies, connections, seconds)
        for connections in CONNECTIONS
    ]


def _headers(tool: str) -> dict[str, str]:
    return {
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }


def _message(tool: str, args: dict[str, Any]) -> str:
    meta = {
        f"{_META}/protocolVersion": VERSION,
        f"{_META}/clientInfo": {"name": "bench", "version": "1"},
        f"{_META}/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": args, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(message)
