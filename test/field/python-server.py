"""field/python-server: a server of the Python SDK over stdio with one tool."""

from mcp.server.fastmcp import FastMCP

server = FastMCP("field")


@server.tool()
def echo(message: str) -> str:
    """Says the message back."""
    return f"Python: {message}"


server.run()
