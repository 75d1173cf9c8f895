"""field/python-client: a client of the Python SDK; lists the tools, calls echo, prints `RESULT …`."""

import asyncio
import sys

from mcp import ClientSession

try:
    from mcp.client.streamable_http import streamablehttp_client
except ImportError:  # renamed in version 2
    from mcp.client.streamable_http import streamable_http_client as streamablehttp_client


async def main(url: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    try:
        connection = streamablehttp_client(url, headers=headers)
    except TypeError:
        import httpx

        connection = streamablehttp_client(url, http_client=httpx.AsyncClient(headers=headers))
    async with connection as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            result = await session.call_tool("everything_echo", {"message": "field"})
            print(f"RESULT {len(tools)} tools, {result.content[0].text}")


asyncio.run(main(sys.argv[1], sys.argv[2]))
