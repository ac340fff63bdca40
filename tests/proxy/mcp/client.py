"""MCP as a client speaks it: modern, each legacy revision, or no header at all."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from tests.stage import Stage

MODERN: Final = "2026-07-28"
TASKS: Final = "io.modelcontextprotocol/tasks"
WITH_TASKS: Final[dict[str, Any]] = {"extensions": {TASKS: {}}}
WITH_URL: Final[dict[str, Any]] = {"elicitation": {"url": {}}}
_PREFIX: Final = "io.modelcontextprotocol/"
_NAMED: Final = {"tools/call": "name", "tasks/get": "taskId", "tasks/cancel": "taskId"}


@dataclass(slots=True)
class Mcp:
    """A client of one revision; ``version`` None sends no header, as the oldest did.

    ``handle`` is what ``initialize`` gave; ``label`` is sent as ``Sealwright-Session``.
    """

    stage: Stage
    version: str | None = MODERN
    capabilities: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    handle: str | None = None
    label: str | None = None
    handles: dict[str, str] = field(default_factory=dict)  # by key
    query: str = ""

    def headers(self, method: str, params: dict[str, Any]) -> dict[str, str]:
        """Return what goes with a request beside its body."""
        key = self.stage.key if self.key is None else self.key
        headers = {"Authorization": f"Bearer {key}"}
        if self.version is not None:
            headers["MCP-Protocol-Version"] = self.version
        if self.version == MODERN:
            headers["Mcp-Method"] = method
            if method in _NAMED and _NAMED[method] in params:
                headers["Mcp-Name"] = _spelled(str(params[_NAMED[method]]))
        handle = self.handles.get(key) if self.handle is None else self.handle
        if handle is not None:
            headers["Mcp-Session-Id"] = handle
        if self.label is not None:
            headers["Sealwright-Session"] = self.label
        return headers

    def params(self, params: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
        """Return the params with the ``_meta`` that the revision asks for."""
        if self.version == MODERN:
            meta = {
                f"{_PREFIX}protocolVersion": MODERN,
                f"{_PREFIX}clientInfo": {"name": "test", "version": "1"},
                f"{_PREFIX}clientCapabilities": self.capabilities,
                **meta,
            }
        return {**params, **({"_meta": meta} if meta else {})}

    def send(self, body: object, headers: dict[str, str]) -> Any:
        """Post a body; text and bytes go as they are."""
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        path = f"/mcp?{self.query}" if self.query else "/mcp"
        return self.stage.client.post(
            path, raw, content_type="application/json", headers=headers
        )

    def ask(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        meta: dict[str, Any] | None = None,
        **headers: str,
    ) -> Any:
        """Send a request and return the HTTP answer."""
        whole = self.params(params or {}, meta or {})
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": whole}
        if method.startswith("notifications/"):
            del body["id"]
        return self.send(body, {**self.headers(method, whole), **headers})

    def result(
        self, method: str, params: dict[str, Any] | None = None, **more: Any
    ) -> Any:
        """Send a request and return its result."""
        answer = self.ask(method, params, **more)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert "result" in body, body
        return body["result"]

    def error(
        self, method: str, params: dict[str, Any] | None = None, **more: Any
    ) -> Any:
        """Send a request and return its JSON-RPC error."""
        return self.ask(method, params, **more).json()["error"]

    def call(self, tool: str, args: dict[str, Any], **more: Any) -> Any:
        """Call a tool and return its result."""
        return self.result("tools/call", {"name": tool, "arguments": args}, **more)

    def initialize(self, version: str | None = None) -> Any:
        """Open a conversation as a legacy client does, and keep its handle."""
        answer = self.ask(
            "initialize",
            {
                "protocolVersion": version or self.version or "2025-03-26",
                "capabilities": self.capabilities,
                "clientInfo": {"name": "test", "version": "1"},
            },
        )
        self.handle = answer.headers["Mcp-Session-Id"]
        return answer.json()["result"]


def _spelled(name: str) -> str:
    """Write a name as a header may hold it; what is no plain text goes in base64."""
    if re.fullmatch(r"[!-~]+( [!-~]+)*", name):
        return name
    return f"=?base64?{base64.b64encode(name.encode()).decode()}?="


def text_of(result: dict[str, Any]) -> str:
    """Return all text of a result."""
    return "\n".join(b["text"] for b in result["content"] if b["type"] == "text")
