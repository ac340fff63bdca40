"""The Python SDK 1.x."""

import asyncio
from typing import Any

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from talking import talk, text_of, url_and_headers


async def main() -> None:
    url, headers = url_and_headers()
    async with (
        streamablehttp_client(url, headers=headers) as (incoming, outgoing, _session),
        ClientSession(incoming, outgoing) as session,
    ):
        await session.initialize()

        async def list_tools() -> list[str]:
            return [tool.name for tool in (await session.list_tools()).tools]

        async def call_tool(name: str, args: dict[str, Any]) -> str:
            return text_of((await session.call_tool(name, args)).content)

        await talk(list_tools, call_tool)


asyncio.run(main())
