"""How a client program and its test talk: a JSON line each way."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

ListTools = Callable[[], Awaitable[list[str]]]
CallTool = Callable[[str, dict[str, Any]], Awaitable[str]]


async def talk(list_tools: ListTools, call_tool: CallTool) -> None:
    """Do what the lines of the standard input ask for, until it ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await _answer(json.loads(line), list_tools, call_tool)))
        sys.stdout.flush()


async def _answer(
    asked: dict[str, Any], list_tools: ListTools, call_tool: CallTool
) -> dict[str, Any]:
    if asked["do"] == "list":
        return {"tools": await list_tools()}
    try:
        return {"text": await call_tool(asked["tool"], asked["args"])}
    except Exception as error:
        # How a library tells a failed tool is its own affair; the text counts.
        return {"text": str(error), "raised": type(error).__name__}


def text_of(content: Any) -> str:
    """Return the text blocks of a result, one after the other."""
    if isinstance(content, str):
        return content
    texts = (
        block.get("text") if isinstance(block, dict) else getattr(block, "text", None)
        for block in content or ()
    )
    return "\n".join(text for text in texts if text)


def url_and_headers() -> tuple[str, dict[str, str]]:
    """Return where to, and the key to send."""
    return sys.argv[1], {"Authorization": f"Bearer {sys.argv[2]}"}
