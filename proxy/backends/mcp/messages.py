"""What is written to an upstream: JSON-RPC messages and their headers.  Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.arguments import JSON
from governance.mapping import header_text

MODERN: Final = "2026-07-28"
LEGACY: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
_META: Final = "io.modelcontextprotocol"

Params = Mapping[str, JSON]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way: its bytes, its own headers, the id that answers it.

    ``id`` is None where no response is due.
    """

    body: bytes
    headers: Headers
    id: str | None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the messages of one call, in one era.

    ``session`` is what a legacy upstream gave us for this call and nothing else.
    """

    version: str
    traceparent: str
    software: str
    session: str = ""

    @property
    def is_modern(self) -> bool:
        """Whether the upstream is spoken to without a session."""
        return self.version == MODERN

    def call_tool(
        self, tool: str, arguments: Params, *, id_: str, params: Headers = ()
    ) -> Message:
        """Ask for one tool call; ``params`` are headers that repeat arguments."""
        asked: Params = {"name": tool, "arguments": dict(arguments)}
        return self.request("tools/call", asked, id_=id_, name=tool, more=params)

    def request(
        self,
        method: str,
        params: Params,
        *,
        id_: str,
        name: str = "",
        more: Headers = (),
    ) -> Message:
        """Ask for anything, in the form of the era."""
        meta: Params = {"_meta": self._meta()}
        message: JSON = {
            "jsonrpc": "2.0",
            "id": id_,
            "method": method,
            "params": {**params, **meta},
        }
        headers = (*self._headers(method, name), *(more if self.is_modern else ()))
        return Message(_encoded(message), headers, id_)

    def initialize(self) -> Message:
        """Ask a legacy upstream for a session."""
        params: JSON = {
            "protocolVersion": self.version,
            "capabilities": {},
            "clientInfo": self._client(),
        }
        message: JSON = {
            "jsonrpc": "2.0",
            "id": "initialize",
            "method": "initialize",
            "params": params,
        }
        return Message(_encoded(message), (), "initialize")

    def initialized(self) -> Message:
        """Tell a legacy upstream that its session begins."""
        message: JSON = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        return Message(_encoded(message), self._headers("", ""), None)

    def answer(self, method: object, id_: JSON) -> Message:
        """Answer what an upstream asks of us: we are there, and offer nothing."""
        message: dict[str, JSON] = {"jsonrpc": "2.0", "id": id_}
        if method == "ping":
            message["result"] = {}
        else:
            message["error"] = {"code": METHOD_NOT_FOUND, "message": "Not offered."}
        return Message(_encoded(message), self._headers("", ""), None)

    def _meta(self) -> JSON:
        if not self.is_modern:
            return {"traceparent": self.traceparent}
        return {
            f"{_META}/protocolVersion": self.version,
            f"{_META}/clientInfo": self._client(),
            f"{_META}/clientCapabilities": {},
            "traceparent": self.traceparent,
        }

    def _client(self) -> JSON:
        return {"name": "sealwright", "version": self.software}

    def _headers(self, method: str, name: str) -> Headers:
        version = (("MCP-Protocol-Version", self.version),)
        if not self.is_modern:
            return (*version, *self.session_headers)
        named = (("Mcp-Name", header_text(name)),) if name else ()
        return (*version, ("Mcp-Method", method), *named)

    @property
    def session_headers(self) -> Headers:
        """The header that names a legacy session, where there is one."""
        return (("Mcp-Session-Id", self.session),) if self.session else ()


def _encoded(message: JSON) -> bytes:
    text = json.dumps(
        message, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode()
