"""LangChain's adapters, which open a session for every call."""

import asyncio
from typing import Any

from langchain_mcp_adapters.client import MultiServerMCPClient
from talking import talk, text_of, url_and_headers


async def main() -> None:
    url, headers = url_and_headers()
    client = MultiServerMCPClient(
        {"seal": {"transport": "streamable_http", "url": url, "headers": headers}}
    )
    tools = {tool.name: tool for tool in await client.get_tools()}

    async def list_tools() -> list[str]:
        return list(tools)

    async def call_tool(name: str, args: dict[str, Any]) -> str:
        return text_of(await tools[name].ainvoke(args))

    await talk(list_tools, call_tool)


asyncio.run(main())
