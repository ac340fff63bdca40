"""FastMCP with fastmcp-tasks: a call that has to wait is a task, run to its end."""

import asyncio
from typing import Any

import fastmcp_tasks  # noqa: F401 (what it registers is all)
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from talking import talk, text_of, url_and_headers


async def main() -> None:
    url, headers = url_and_headers()
    async with Client(StreamableHttpTransport(url, headers=headers)) as client:

        async def list_tools() -> list[str]:
            return [tool.name for tool in await client.list_tools()]

        async def call_tool(name: str, args: dict[str, Any]) -> str:
            return text_of((await client.call_tool(name, args)).content)

        await talk(list_tools, call_tool)


asyncio.run(main())
