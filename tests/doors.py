"""The agents' doors: one call, asked at ``/v1`` or at ``/mcp`` in any revision.

What a door answers is read back as what REST says of the same outcome, so that one
expectation holds at all of them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.decision import Reason
from governance.errors import Problem
from tests.proxy.mcp.client import MODERN, Mcp
from tests.stage import Stage

# The revisions in which one call is asked; None: no version is named at all.
MCP_DOORS: Final[tuple[str | None, ...]] = (MODERN, "2025-11-25", "2025-06-18", None)
_WHOLE: Final = re.compile(
    r'\s*\{\s*"tool"\s*:\s*"([^"\\]*)"\s*,\s*"args"\s*:\s*(.*)\}(\s*)', re.DOTALL
)
_META: Final = {
    "session_id": "sealwright/session",
    "reason": "sealwright/reason",
    "claim": "sealwright/claim",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, with what REST would have said of the outcome in ``json()``."""

    raw: Any
    status_code: int
    body: dict[str, Any]

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, and the type that the outcome has in REST."""
        kind = "application/problem+json" if "code" in self.body else "application/json"
        said = {**dict(self.raw.headers.items()), "Content-Type": kind}
        if "retry_after" in self.body:
            said["Retry-After"] = str(self.body["retry_after"])
        return said

    @property
    def content(self) -> bytes:
        """The bytes as they came."""
        content: bytes = self.raw.content
        return content

    @property
    def text(self) -> str:
        """The text as it came."""
        return self.content.decode()

    def json(self) -> dict[str, Any]:
        """Return the outcome."""
        return self.body


@dataclass(slots=True)
class McpDoor:
    """Takes what is meant for ``/v1`` to ``POST /mcp``.

    ``asked`` counts how often; ``meta`` is sent beside what a call says of itself.
    """

    client: Mcp
    asked: int = 0
    meta: dict[str, Any] = field(default_factory=dict)

    def look(self, approval_id: str) -> Told:
        """Ask where an approval stands, by the tool that is there for it."""
        self.asked += 1
        params = {"name": "approval_status", "arguments": {"approval_id": approval_id}}
        return _told(self.client.ask("tools/call", params))

    def post(
        self, body: object, headers: Mapping[str, str], *, query: str = ""
    ) -> Told:
        """Ask for a call, and read the answer back."""
        self.asked += 1
        self.client.query = query
        sent = dict(headers)
        meta = dict(self.meta)
        if "Idempotency-Key" in sent:
            meta["sealwright/idempotency_key"] = sent.pop("Idempotency-Key")
        if isinstance(body, dict):
            return self._asked(dict(body), meta, sent)
        text = _decoded(body)
        found = None if text is None else _WHOLE.fullmatch(text)
        if found is None:
            return _told(self._send(body, sent))
        spelled = self._spelled(found[1], found[2], meta)
        if found[3]:  # as long as it was
            spelled = spelled.ljust(len(text or ""))
        return _told(self._send(spelled, sent, tool=found[1]))

    def _asked(
        self, body: dict[str, Any], meta: dict[str, Any], headers: dict[str, str]
    ) -> Told:
        for member, key in _META.items():
            if member in body:
                meta[key] = body.pop(member)
        params = {"name": body.pop("tool"), "arguments": body.pop("args", {}), **body}
        return _told(self.client.ask("tools/call", params, meta=meta, **headers))

    def _spelled(self, tool: str, args: str, meta: dict[str, Any]) -> bytes:
        """Write the arguments as they were spelled, into a request of MCP's."""
        params = json.dumps(self.client.params({"name": tool}, meta))
        whole = (
            '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":'
            f'{params[:-1]}, "arguments":{args}}}}}'
        )
        return whole.encode()

    def _send(
        self, body: object, headers: dict[str, str], *, tool: str = "github.read_pr"
    ) -> Any:
        own = self.client.headers("tools/call", {"name": tool})
        return self.client.send(body, {**own, **headers})


def _decoded(body: object) -> str | None:
    if isinstance(body, str):
        return body
    try:
        return body.decode() if isinstance(body, bytes) else None
    except UnicodeDecodeError:
        return None


def _told(raw: Any) -> Told:
    answer = raw.json()
    if "error" in answer:
        problem = answer["error"]["data"]
        return Told(raw, problem["status"], problem)
    return _result(raw, answer["result"])


def _result(raw: Any, result: dict[str, Any]) -> Told:
    meta = result.get("_meta", {})
    if "sealwright/problem" in meta:
        problem = meta["sealwright/problem"]
        assert result["isError"] is True
        return Told(raw, Problem(Reason(problem["code"])).face.status, problem)
    if "sealwright/approval" in meta:
        asked = {"status": "approval_required", "approval": meta["sealwright/approval"]}
        return Told(raw, 202, asked)
    if "approval" in (result.get("structuredContent") or {}):
        return Told(raw, 200, result["structuredContent"])
    call = meta["sealwright/call"]
    if "status" in call:
        return Told(raw, 202, {**call, "approval": None})
    assert result["isError"] is False
    kept = result.get("structuredContent")
    return Told(raw, 200, {**call, "status": "completed", "result": kept})


def open_door(stage: Stage, version: str | None) -> McpDoor:
    """Let the calls of a stage go through ``/mcp`` from now on.

    The newest legacy client has a handle; the others do without.
    """
    client = Mcp(stage, version)
    if version == "2025-11-25":
        opened = Mcp(stage, version)
        opened.initialize()
        client.handles[stage.key] = str(opened.handle)
    door = McpDoor(client)
    stage.door = door
    return door
