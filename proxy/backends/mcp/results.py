"""A tool's result, held against the protocol and cut to what it knows.  Pure.

Text, pictures and links are data: nothing in them is followed or fetched.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from mcp_types import ContentBlock
from mcp_types.methods import validate_server_result
from pydantic import TypeAdapter, ValidationError

from governance.arguments import JSON
from proxy.backends.mcp.messages import MODERN
from proxy.backends.mcp.replies import Unreadable

_META: Final = "_meta"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What an agent may see of a result; ``dropped`` counts blocks of other kinds."""

    content: list[Any]
    is_error: bool
    structured: JSON = None
    has_structured: bool = False
    dropped: int = 0

    def encoded(self) -> bytes:
        """Return it as the JSON that is stored and handed on."""
        shown: dict[str, Any] = {"content": self.content, "isError": self.is_error}
        if self.has_structured:
            shown["structuredContent"] = self.structured
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
        return text.encode()


def read_result(result: dict[str, JSON], *, version: str) -> ToolResult:
    """Return what a complete result says.  Raises Unreadable if it is none."""
    given, is_error = result.get("content"), result.get("isError", False)
    # The library also takes it for a demand for input, which needs no member at all.
    if not isinstance(given, list) or not isinstance(is_error, bool):
        raise Unreadable("The result is not one of the protocol's.")
    content = [block for each in given if (block := _block(each)) is not None]
    held = {**result, "content": content}
    if version == MODERN:
        held.setdefault("resultType", "complete")
    try:
        validate_server_result("tools/call", version, held)
    except (ValidationError, ValueError) as error:
        raise Unreadable("The result is not one of the protocol's.") from error
    return ToolResult(
        content=content,
        is_error=is_error,
        structured=_without_meta(result.get("structuredContent")),
        has_structured=result.get("structuredContent") is not None,
        dropped=len(given) - len(content),
    )


def _block(given: JSON) -> Any:
    """Return a block with the members that the protocol knows; None if it is none."""
    try:
        block = _blocks().validate_python(given)
    except ValidationError:
        return None
    known = _blocks().dump_python(
        block, mode="json", by_alias=True, exclude_none=True, exclude_unset=True
    )
    return _without_meta(known)


def _without_meta(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_meta(below) for k, below in value.items() if k != _META}
    if isinstance(value, list):
        return [_without_meta(below) for below in value]
    return value


@cache
def _blocks() -> TypeAdapter[Any]:
    return TypeAdapter(ContentBlock)
