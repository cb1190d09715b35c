"""A server on the Python SDK of January 2025, which knows HTTP+SSE only: on 127.0.0.1 at PORT."""
import os

from mcp.server.fastmcp import FastMCP

server = FastMCP("old-peer", host="127.0.0.1", port=int(os.environ["PORT"]))


@server.tool()
def remember(text: str) -> str:
    """Keeps a text."""
    return text


@server.prompt()
def recall() -> str:
    """Asks for what was kept."""
    return "What was kept?"


server.run(transport="sse")
