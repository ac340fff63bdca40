"""Pydantic AI, by the toolset that its agents use."""

import asyncio
import json
from typing import Any

from pydantic_ai.mcp import MCPToolset
from talking import talk, url_and_headers


async def main() -> None:
    url, headers = url_and_headers()
    async with MCPToolset(url, headers=headers, prefer_tasks=False) as toolset:

        async def list_tools() -> list[str]:
            return [tool.name for tool in await toolset.list_tools()]

        async def call_tool(name: str, args: dict[str, Any]) -> str:
            result = await toolset.direct_call_tool(name, args)
            return result if isinstance(result, str) else json.dumps(result)

        await talk(list_tools, call_tool)


asyncio.run(main())
