"""A server on the low-level half of the Python SDK: `http` or `sse`, on 127.0.0.1 at PORT. It pages, and has fields of its own."""
import os
import sys

import mcp.types as types
import uvicorn
from mcp.server.lowlevel import Server

NAMES = ["first", "second", "third"]


def tool(name):
    schema = {"type": "object", "properties": {"x": {"type": "string", "x-of-our-own": True}}, "additionalProperties": False}
    return types.Tool(name=name, title=name.title(), description=f"The {name} tool.", input_schema=schema)


async def list_tools(context, params):
    page = int(params.cursor) if params and params.cursor else 0
    following = str(page + 1) if page + 1 < len(NAMES) else None
    return types.ListToolsResult(tools=[tool(NAMES[page])], next_cursor=following)


async def list_prompts(context, params):
    return types.ListPromptsResult(prompts=[types.Prompt(name="ask", description="Asks.")])


server = Server("lowlevel-peer", version="3.2", instructions="Three tools, one a page.", on_list_tools=list_tools, on_list_prompts=list_prompts)

if sys.argv[1] == "sse":
    from mcp.server.sse import SseServerTransport
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Mount, Route

    transport = SseServerTransport("/messages/")

    async def stream(request):
        async with transport.connect_sse(request.scope, request.receive, request._send) as (read, write):
            await server.run(read, write, server.create_initialization_options())
        return Response()

    app = Starlette(routes=[Route("/sse", stream), Mount("/messages/", app=transport.handle_post_message)])
else:
    app = server.streamable_http_app()

uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
