"""The OpenAI Agents SDK, whose models refuse a tool's name with a dot in it."""

import asyncio
import re
from typing import Any

from agents.mcp import MCPServerStreamableHttp
from talking import talk, text_of, url_and_headers

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


async def main() -> None:
    url, headers = url_and_headers()
    async with MCPServerStreamableHttp(
        {"url": url, "headers": headers}, client_session_timeout_seconds=60
    ) as server:

        async def list_tools() -> list[str]:
            names = [tool.name for tool in await server.list_tools()]
            return [name for name in names if NAME.fullmatch(name)]

        async def call_tool(name: str, args: dict[str, Any]) -> str:
            return text_of((await server.call_tool(name, args)).content)

        await talk(list_tools, call_tool)


asyncio.run(main())
