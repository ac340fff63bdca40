"""The Python SDK 2.x; the third argument is its mode, or ``url`` for a URL callback."""

import asyncio
import sys
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult
from talking import talk, text_of, url_and_headers


async def opened(_context: Any, _params: Any) -> ElicitResult:
    """Say that the page was opened, which says nothing about the decision."""
    return ElicitResult(action="accept")


async def main() -> None:
    url, headers = url_and_headers()
    mode = sys.argv[3]
    more: dict[str, Any] = {"mode": "auto" if mode == "url" else mode}
    if mode == "url":
        more["elicitation_callback"] = opened
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, **more) as client:

            async def list_tools() -> list[str]:
                return [tool.name for tool in (await client.list_tools()).tools]

            async def call_tool(name: str, args: dict[str, Any]) -> str:
                return text_of((await client.call_tool(name, args)).content)

            await talk(list_tools, call_tool)


asyncio.run(main())
