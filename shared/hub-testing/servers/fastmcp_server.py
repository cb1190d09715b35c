"""A server on the FastMCP package: `http` or `sse`, on 127.0.0.1 at PORT."""
import os
import sys

from fastmcp import FastMCP

server = FastMCP("fastmcp-peer", version="7.1", instructions="Adds numbers.")


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool(annotations={"readOnlyHint": True}, tags={"words"})
def shout(text: str) -> str:
    """Says it louder."""
    return text.upper()


@server.resource("memo://today")
def today() -> str:
    """What is on today."""
    return "nothing"


@server.resource("memo://{name}")
def memo(name: str) -> str:
    """A memo by its name."""
    return name


@server.prompt
def greet(name: str) -> str:
    """Greets somebody."""
    return f"Greet {name}."


if sys.argv[1] == "stdio":
    server.run(transport="stdio", show_banner=False)
else:
    server.run(transport=sys.argv[1], host="127.0.0.1", port=int(os.environ["PORT"]), show_banner=False)
