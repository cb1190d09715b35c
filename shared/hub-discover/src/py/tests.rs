use super::{Found, discover};
use hub_engine::ArgumentShape;
use hub_model::Budget;
use hub_syntax::Program;
use serde_json::{Value as Json, json};

fn found(files: &[(&str, &str)]) -> Found {
    found_within(files, &Budget::default())
}

fn found_within(files: &[(&str, &str)], budget: &Budget) -> Found {
    let snapshot = crate::testing::snapshot(files);
    let modules = snapshot
        .files
        .iter()
        .filter(|f| f.path.as_str().ends_with(".py"))
        .map(|f| hub_syntax::py::lower(f.path.clone(), f.text.clone(), budget))
        .collect();
    discover(&Program::new(modules), &snapshot, budget)
}

fn one(source: &str) -> Found {
    found(&[("server.py", source)])
}

/// `name(parameters): description` of each tool.
fn tools(found: &Found) -> Vec<String> {
    let mut out: Vec<String> = found
        .inventory
        .tools
        .iter()
        .map(|t| {
            format!(
                "{}({}): {}",
                t.name,
                t.parameter_names().join(", "),
                t.description.as_deref().unwrap_or("-")
            )
        })
        .collect();
    out.sort();
    out
}

fn schema<'f>(found: &'f Found, tool: &str) -> &'f Json {
    found
        .inventory
        .tools
        .iter()
        .find(|t| t.name == tool)
        .and_then(|t| t.input_schema.as_ref())
        .unwrap()
}

#[test]
fn each_style_of_registration_is_found() {
    for (what, source, expected) in [
        (
            "decorators",
            "from mcp.server.fastmcp import FastMCP, Context\nmcp = FastMCP('demo')\n@mcp.tool()\ndef add(a: int, b: int = 2, ctx: Context = None) -> int:\n    \"\"\"Adds.\n\n    Args:\n        a: left\n    \"\"\"\n    return a + b\n@mcp.tool('named', description='Given.')\nasync def other(): ...\n",
            vec!["add(a, b): Adds.\n\nArgs:\n    a: left", "named(): Given."],
        ),
        (
            "a bare decorator, and docstrings split as newer versions do",
            "from fastmcp import FastMCP\nmcp = FastMCP()\n@mcp.tool\ndef go(place: str):\n    '''Goes.\n\n    Args:\n        place: where to\n    '''\n",
            vec!["go(place): Goes."],
        ),
        (
            "calls instead of decorators",
            "from mcp.server import MCPServer\ns = MCPServer('x')\ndef f(q: str): 'F.'\ndef g(): 'G.'\ns.tool(name='eff')(f)\ns.add_tool(g, name='gee', description='Two')\n",
            vec!["eff(q): F.", "gee(): Two"],
        ),
        (
            "a server handed to functions of other scopes, in a loop",
            "from fastmcp import FastMCP\ndef register(app, prefix):\n    @app.tool(name=f'{prefix}_list')\n    def inner(x): 'I.'\ndef main():\n    m = FastMCP('n')\n    for p in ('a', 'b'):\n        register(m, p)\n    m.run()\nif __name__ == '__main__':\n    main()\n",
            vec!["a_list(x): I.", "b_list(x): I."],
        ),
        (
            "methods of an object",
            "from mcp.server.fastmcp import FastMCP\nclass Handler:\n    def __init__(self, mcp):\n        self.mcp = mcp\n        self.mcp.tool(name='read')(self.read)\n    def read(self, path: str):\n        'Reads.'\nmcp = FastMCP('x')\nHandler(mcp)\n",
            vec!["read(path): Reads."],
        ),
        (
            "an own registry and decorator",
            "import functools\nfrom fastmcp import FastMCP\nREG = []\ndef tool(name):\n    def deco(fn):\n        @functools.wraps(fn)\n        def wrapper(*args, **kwargs):\n            return fn(*args, **kwargs)\n        REG.append((name, wrapper))\n        return wrapper\n    return deco\n@tool('one')\ndef f(a: int): 'One.'\n@tool('two')\ndef g(): 'Two.'\nmcp = FastMCP('x')\nfor name, fn in REG:\n    mcp.add_tool(fn, name=name)\n",
            vec!["one(a): One.", "two(): Two."],
        ),
        (
            "a mounted server",
            "from fastmcp import FastMCP\nmain, sub = FastMCP('m'), FastMCP('s')\n@sub.tool\ndef ping(): 'P.'\nmain.mount(sub, 'net')\n",
            vec!["net_ping(): P."],
        ),
        (
            "a class that builds on the framework's",
            "from fastmcp import FastMCP\nclass Mine(FastMCP):\n    def tool(self, *a, **k):\n        def deco(fn):\n            return super(Mine, self).tool(*a, **k)(fn)\n        return deco\nm = Mine('x')\n@m.tool(description='D')\ndef t(y): ...\n",
            vec!["t(y): D"],
        ),
        (
            "a list handler",
            "import asyncio\nfrom mcp.server import Server\nfrom mcp import types\nEXTRA = [types.Tool(name='b', description='B' + '.', inputSchema={'type': 'object', 'properties': {'y': {}}})]\nasync def serve():\n    server = Server('low')\n    @server.list_tools()\n    async def list_tools() -> list[types.Tool]:\n        return [types.Tool(name='a', description='A.', inputSchema={'type': 'object', 'properties': {'x': {'type': 'string'}}}), *EXTRA]\n    @server.call_tool()\n    async def call_tool(name, arguments): ...\nif __name__ == '__main__':\n    asyncio.run(serve())\n",
            vec!["a(x): A.", "b(y): B."],
        ),
        (
            "a list handler of the second SDK, over a dict of classes",
            "from mcp.server.lowlevel import Server\nimport mcp.types as types\nclass Base:\n    name = ''\n    def spec(self):\n        return types.Tool(name=self.name, description=self.__doc__, input_schema=self.schema())\nclass A(Base):\n    'First.'\n    name = 'first'\n    def schema(self): return {'properties': {'p': {}}}\nclass B(Base):\n    'Second.'\n    name = 'second'\n    def schema(self): return {}\nALL = {c.name: c() for c in Base.__subclasses__()}\nasync def listing(ctx, params):\n    return types.ListToolsResult(tools=[t.spec() for t in ALL.values()])\nServer('x', on_list_tools=listing)\n",
            vec!["first(p): First.", "second(): Second."],
        ),
        (
            "a branch that depends on the environment is taken both ways",
            "import os\nfrom fastmcp import FastMCP\nm = FastMCP('x')\nif os.getenv('WRITE', 'no') == 'yes':\n    @m.tool\n    def write(): 'W.'\nelse:\n    @m.tool\n    def read(): 'R.'\n",
            vec!["read(): R.", "write(): W."],
        ),
        (
            "variables of a branch that may run, and tools set up when the server starts",
            "import os\nfrom mcp.server.fastmcp import FastMCP\nfrom mcp.server.fastmcp.tools import Tool\ndef start(server):\n    names = os.environ['N'].split(',')\n    for fn in (one, two):\n        if fn.__name__ in names:\n            label = 'x_' + fn.__name__\n            server._tool_manager._tools[label] = Tool.from_function(fn, name=label)\n    yield\ndef one(a): 'One.'\ndef two(b): 'Two.'\nm = FastMCP('x', lifespan=start)\n",
            vec!["x_one(a): One.", "x_two(b): Two."],
        ),
        (
            "partials and lambdas with names",
            "from functools import partial\nfrom mcp.server.fastmcp import FastMCP\nm = FastMCP('x')\ndef f(a: int, b: int): 'F.'\nm.add_tool(partial(f, 1), name='p')\nm.tool(name='l', description='L.')(lambda q: q)\n",
            vec!["l(q): L.", "p(b): F."],
        ),
        (
            "a library's class for tools",
            "from some.adk import FunctionTool, to_mcp_tool\nfrom mcp.server.lowlevel import Server\ndef run(query: str): 'Runs.'\nTOOLS = [FunctionTool(run)]\ns = Server('x')\n@s.list_tools()\nasync def lt():\n    return [to_mcp_tool(t) for t in TOOLS]\n",
            vec!["run(query): Runs."],
        ),
    ] {
        let found = one(source);
        assert_eq!(tools(&found), expected, "{what}: {:?}", found.inventory.gaps);
    }
}

#[test]
fn modules_are_imported_as_the_program_does() {
    let found = found(&[
        ("pyproject.toml", "[project]\nname = 'p'\n[project.scripts]\np = 'p.cli:main'\n"),
        ("src/p/__init__.py", ""),
        (
            "src/p/app.py",
            "from fastmcp import FastMCP\nmcp = FastMCP('app', instructions='Use it.')\n",
        ),
        (
            "src/p/cli.py",
            "from .app import mcp\nfrom p import tools\ndef main():\n    tools.load()\n    mcp.run()\n",
        ),
        (
            "src/p/tools/__init__.py",
            "import importlib, pkgutil\ndef load():\n    for info in pkgutil.iter_modules(__path__):\n        importlib.import_module(f'{__name__}.{info.name}')\n",
        ),
        ("src/p/tools/one.py", "from p.app import mcp\n@mcp.tool\ndef one(): 'One.'\n"),
        ("src/p/unused.py", "from p.app import mcp\n@mcp.tool\ndef dead(): 'Dead.'\n"),
        (
            "tests/test_it.py",
            "from fastmcp import FastMCP\nm = FastMCP('t')\n@m.tool\ndef fixture(): ...\n",
        ),
    ]);
    assert_eq!(tools(&found), ["one(): One."]);
    assert_eq!(found.inventory.server.name.as_deref(), Some("app"));
    assert_eq!(found.inventory.server.instructions.as_deref(), Some("Use it."));
    assert_eq!(found.live_modules.len(), 5);
}

#[test]
fn schemas_say_what_pydantic_would() {
    let found = one(r#"
from enum import Enum
from typing import Annotated, Literal, Optional, TypedDict
from pydantic import BaseModel, Field
from fastmcp import FastMCP
mcp = FastMCP("s")
class Color(str, Enum):
    RED = "red"
    BLUE = "blue"
class Point(BaseModel):
    """Where."""
    x: int
    y: int = Field(3, ge=0, description="up")
    label: Optional[str] = Field(default=None, alias="Label")
class Opts(TypedDict, total=False):
    deep: bool
@mcp.tool
def t(
    a: int,
    b: Annotated[str, Field(description="text", max_length=5)],
    c: Literal["x", "y"] = "x",
    d: Optional[list[float]] = None,
    e: Color = Color.RED,
    f: "Point | None" = None,
    g: dict[str, int] = Field(default_factory=dict, description="map"),
    h: Opts = {},
    i: tuple[int, str] | None = None,
    j=1,
): ...
"#);
    let schema = schema(&found, "t");
    assert_eq!(schema["required"], json!(["a", "b"]));
    for (name, expected) in [
        ("a", json!({"type": "integer"})),
        ("b", json!({"type": "string", "description": "text", "maxLength": 5})),
        ("c", json!({"enum": ["x", "y"], "type": "string", "default": "x"})),
        (
            "d",
            json!({"anyOf": [{"items": {"type": "number"}, "type": "array"}, {"type": "null"}], "default": null}),
        ),
        ("e", json!({"$ref": "#/$defs/Color", "default": "red"})),
        (
            "f",
            json!({"anyOf": [{"$ref": "#/$defs/Point"}, {"type": "null"}], "default": null}),
        ),
        (
            "g",
            json!({"additionalProperties": {"type": "integer"}, "type": "object", "description": "map"}),
        ),
        ("h", json!({"$ref": "#/$defs/Opts", "default": {}})),
        ("j", json!({"default": 1})),
    ] {
        assert_eq!(schema["properties"][name], expected, "{name}");
    }
    let defs = &schema["$defs"];
    assert_eq!(defs["Color"], json!({"enum": ["red", "blue"], "type": "string", "title": "Color"}));
    assert_eq!(defs["Point"]["required"], json!(["x"]));
    assert_eq!(
        defs["Point"]["properties"]["y"],
        json!({"type": "integer", "default": 3, "minimum": 0, "description": "up", "title": "Y"})
    );
    assert!(defs["Point"]["properties"]["Label"].is_object());
    assert!(defs["Opts"].get("required").is_none());
}

#[test]
fn prompts_and_resources_are_listed_with_their_arguments() {
    let found = one(
        "from fastmcp import FastMCP\nm = FastMCP('x')\n@m.prompt\ndef ask(topic: str, style: str = 'short') -> str:\n    'Asks.'\n    return f'Explain {topic}'\n@m.resource('data://{id}', name='Row', mime_type='text/csv')\ndef row(id: str): 'A row.'\n@m.resource('data://all')\ndef rows(): 'All.'\n",
    );
    let prompt = &found.inventory.prompts[0];
    assert_eq!(
        (prompt.name.as_str(), prompt.description.as_deref(), prompt.text.as_deref()),
        ("ask", Some("Asks."), Some("Explain {topic}"))
    );
    assert_eq!(
        prompt.arguments.iter().map(|a| (a.name.as_str(), a.required)).collect::<Vec<_>>(),
        [("topic", true), ("style", false)]
    );
    let resources: Vec<_> = found
        .inventory
        .resources
        .iter()
        .map(|r| (r.uri.as_str(), r.is_template, r.name.as_deref(), r.description.as_deref()))
        .collect();
    assert_eq!(
        resources,
        [
            ("data://{id}", true, Some("Row"), Some("A row.")),
            ("data://all", false, Some("rows"), Some("All."))
        ]
    );
}

#[test]
fn handlers_are_entry_points_with_the_shape_of_their_arguments() {
    let found = one(
        "from mcp.server.fastmcp import FastMCP, Context\nfrom mcp.server import Server\nm = FastMCP('x')\n@m.tool()\ndef t(path: str, ctx: Context): ...\ns = Server('y')\n@s.call_tool()\nasync def call(name, arguments): ...\n",
    );
    let shapes: Vec<_> = found.entry_points.iter().map(|e| (e.name.as_str(), e.arguments.clone())).collect();
    assert_eq!(
        shapes,
        [
            (
                "t",
                ArgumentShape::EachParameter {
                    except: vec!["ctx".into()]
                }
            ),
            ("*", ArgumentShape::SecondParameter)
        ]
    );
}

#[test]
fn documents_and_texts_of_the_package_are_read() {
    let found = found(&[
        ("p/__init__.py", ""),
        (
            "p/api.json",
            r#"{"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "listThings", "summary": "Things"}, "delete": {"operationId": "drop"}}}}"#,
        ),
        ("p/help.md", "Long help."),
        (
            "p/__main__.py",
            "import json\nfrom pathlib import Path\nfrom fastmcp import FastMCP\nfrom fastmcp.server.openapi import RouteMap, MCPType\nHERE = Path(__file__).parent\nwith open(HERE / 'api.json') as f:\n    spec = json.load(f)\nmcp = FastMCP.from_openapi(openapi_spec=spec, name='api', route_maps=[RouteMap(methods=['DELETE'], pattern=r'^/a', mcp_type=MCPType.EXCLUDE)])\n@mcp.tool(description=(HERE / 'help.md').read_text())\ndef helper(): ...\n",
        ),
    ]);
    assert_eq!(tools(&found), ["helper(): Long help.", "listThings(): Things"]);
}

#[test]
fn what_is_not_known_is_a_gap_with_a_reason() {
    let found = one(
        "import requests\nfrom fastmcp import FastMCP\nm = FastMCP('x')\nfor spec in requests.get('x').json():\n    @m.tool(name=spec['name'])\n    def t(): ...\n@m.tool(description=requests.get('y').text)\ndef known(): 'D.'\n",
    );
    assert_eq!(found.inventory.tools.len(), 1);
    assert_eq!(found.inventory.tools[0].unknowns[0].field, "description");
    assert_eq!(found.inventory.gaps.len(), 1);
    assert!(!found.inventory.gaps[0].reason.is_empty());
}

#[test]
fn hostile_programs_end() {
    let small = Budget {
        max_eval_steps: 300_000,
        ..Budget::default()
    };
    for source in [
        "def f(x): return f(f(x))\nf(1)\n",
        "while True:\n    pass\n",
        "x = ['a']\nfor i in range(10**9):\n    x += x\n",
        "x = 'a'\nfor i in range(100):\n    x = x + x\n",
        "class A(A): pass\nA().b.c()\n",
        "import a\n",
        "x = [0]\nfor i in range(5000):\n    x = x + x\n    x.extend(x)\n    x += x\n",
        "d = {}\nfor i in range(5000):\n    for j in range(5000):\n        d[str(i) + str(j)] = [i] * 9\n",
        "def g():\n    yield from g()\nlist(g())\n",
        "f = lambda n: f(n - 1) + f(n - 2)\nf(50)\n",
        "d = {}\nd['d'] = d\nimport json\njson.dumps(d)\nfrom fastmcp import FastMCP\nm = FastMCP('x')\n@m.tool(annotations=d)\ndef t(): ...\n",
        "[[[[x for x in range(99)] for y in range(99)] for z in range(99)] for w in range(99)]\n",
    ] {
        found_within(&[("server.py", source)], &small);
    }
    let imports: Vec<(String, String)> = (0..400)
        .map(|i| (format!("m{i}.py"), format!("import m{}\n", (i + 1) % 400)))
        .collect();
    let files: Vec<(&str, &str)> = imports.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    found_within(&files, &small);
}

#[test]
fn cut_and_garbled_servers_never_panic() {
    let source = "import os\nfrom mcp.server import Server\nfrom fastmcp import FastMCP\nfrom pydantic import BaseModel, Field\nclass M(BaseModel):\n    a: int = Field(1, ge=0)\nmcp = FastMCP(name=f'x{os.sep}')\n@mcp.tool(name='t' + \"%s\" % 'x', annotations={'readOnlyHint': True})\nasync def t(a: 'M | None' = None, *, b: list[dict[str, int]] = [{}]) -> str:\n    '''Doc.\n\n    Args:\n        a: x\n    '''\nserver = Server('y')\n@server.list_tools()\nasync def lt():\n    return [dict(name=n, inputSchema={'properties': {k: {} for k in n[1:]}}) for n in ('ab', 'cd')]\nif __name__ == '__main__':\n    mcp.run()\n";
    for (cut, _) in source.char_indices().step_by(3) {
        one(&source[..cut]);
        one(&source[cut..]);
    }
    for (from, to) in [
        ("(", "["),
        (":", ";"),
        ("\n", "\r"),
        ("'", "\""),
        ("=", "=="),
        ("    ", "\t"),
        (",", " "),
    ] {
        one(&source.replace(from, to));
    }
}

#[test]
fn what_a_tool_returns_is_its_output_schema() {
    let source = "from mcp.server.fastmcp import FastMCP, Image\nfrom mcp.types import CallToolResult, TextContent\nfrom pydantic import BaseModel\nfrom typing import Annotated, Any\nm = FastMCP('x')\nclass Point(BaseModel):\n    x: int\n@m.tool()\ndef text() -> str: ...\n@m.tool()\ndef model() -> Point: ...\n@m.tool()\ndef models() -> list[Point]: ...\n@m.tool()\ndef table() -> dict[str, int]: ...\n@m.tool()\ndef bare() -> dict: ...\n@m.tool()\ndef silent(): ...\n@m.tool()\ndef picture() -> Image: ...\n@m.tool()\ndef whole() -> CallToolResult: ...\n@m.tool()\ndef typed() -> Annotated[CallToolResult, Point]: ...\n@m.tool(structured_output=False)\ndef off() -> str: ...\n";
    let served = |source: &str| -> Vec<String> {
        let found = one(source);
        let of = |t: &hub_model::Tool| {
            let keys = t.output_schema.as_ref().map(|s| {
                let names = s.get("properties").and_then(Json::as_object);
                names.map(|p| p.keys().cloned().collect::<Vec<_>>().join(",")).unwrap_or_default()
            });
            format!("{}:{}", t.name, keys.as_deref().unwrap_or("-"))
        };
        found.inventory.tools.iter().map(of).collect()
    };
    assert_eq!(
        served(source),
        [
            "text:result",
            "model:x",
            "models:result",
            "table:",
            "bare:result",
            "silent:-",
            "picture:-",
            "whole:-",
            "typed:x",
            "off:-"
        ]
    );
    let fastmcp = "from fastmcp import FastMCP\nfrom mcp.types import TextContent\nm = FastMCP('x')\n@m.tool\ndef text() -> str: ...\n@m.tool\ndef bare() -> dict: ...\n@m.tool\ndef blocks() -> list[TextContent]: ...\n@m.tool(output_schema=None)\ndef off() -> str: ...\n";
    assert_eq!(served(fastmcp), ["text:result", "bare:", "blocks:-", "off:-"]);
}

#[test]
fn annotations_written_in_snake_case_are_served_in_the_protocols_words() {
    let found = one(
        "from mcp.server.mcpserver import MCPServer\nfrom mcp.types import ToolAnnotations\nm = MCPServer('x')\n@m.tool(annotations=ToolAnnotations(title='T', read_only_hint=True))\ndef t(): 'T.'\n",
    );
    assert_eq!(
        found.inventory.tools[0].annotations,
        Some(json!({"title": "T", "readOnlyHint": true}))
    );
}

#[test]
fn a_wrapper_that_may_rewrite_text_and_signature_keeps_both() {
    let found = one(
        "import functools, inspect, os, re\nfrom fastmcp import FastMCP\nm = FastMCP('x')\ndef needs(func):\n    sig = inspect.signature(func)\n    params = list(sig.parameters.values())\n    if os.environ['MODE']:\n        new = sig.replace(parameters=[p for p in params[1:] if p.name != 'user'])\n    else:\n        new = sig.replace(parameters=params[1:])\n    @functools.wraps(func)\n    def wrapper(*args, **kwargs): return func(*args, **kwargs)\n    wrapper.__signature__ = new\n    if os.environ['MODE']:\n        wrapper.__doc__ = re.sub(os.environ['WHAT'], '', func.__doc__)\n    return wrapper\n@m.tool()\n@needs\ndef t(service, user: str, q: str):\n    '''Does it.'''\n",
    );
    assert_eq!(tools(&found), ["t(user, q): Does it."]);
}

#[test]
fn a_text_that_the_environment_chooses_is_the_one_nobody_asked_to_change() {
    let found = one(
        "import os\nfrom fastmcp import FastMCP\nm = FastMCP('x')\n@m.tool(title='Writes' if os.getenv('W', 'no') == 'yes' else 'Reads')\ndef t(): 'T.'\n",
    );
    assert_eq!(found.inventory.tools[0].title.as_deref(), Some("Reads"));
}

#[test]
fn classes_of_a_registry_that_is_not_understood_are_tools_all_the_same() {
    let found = one(
        "from mcp.server.fastmcp import FastMCP\nclass Tool:\n    def __init__(self, agent): self.agent = agent\n    @classmethod\n    def get_name_from_cls(cls):\n        name = cls.__name__\n        if name.endswith('Tool'): name = name[:-4]\n        return ''.join(['_' + c.lower() if c.isupper() else c for c in name]).lstrip('_')\n    def get_name(self): return self.get_name_from_cls()\nclass Marker: pass\nclass ReadFileTool(Tool, Marker):\n    def apply(self, path: str) -> str:\n        '''Reads.'''\nclass WriteFileTool(Tool):\n    def apply(self, path: str, text: str) -> str:\n        '''Writes.'''\nclass Factory:\n    def make(self, agent):\n        m = FastMCP('x')\n        for t in agent.exposed():\n            m._tool_manager._tools[t.get_name()] = t\n        return m\n",
    );
    assert_eq!(tools(&found), ["read_file(path): Reads.", "write_file(path, text): Writes."]);
    let library = one("class Tool:\n    name = 't'\nclass A(Tool):\n    def run(self): ...\nclass B(Tool):\n    def run(self): ...\n");
    assert!(library.inventory.tools.is_empty());
}

#[test]
fn an_exception_that_nobody_handles_ends_the_function_after_its_finally() {
    let found = one(r#"
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("t")
names = []

def fill():
    try:
        raise RuntimeError("no")
    finally:
        names.append("cleanup")
    names.append("never")

def work():
    """Works."""

fill()
for name in names:
    mcp.tool(name=name)(work)
"#);
    assert_eq!(tools(&found), ["cleanup(): Works."]);
}

#[test]
fn the_commands_of_every_kind_of_manifest_start_the_server_and_what_they_leave_out_is_dead() {
    let code = |tool: &str| {
        format!(
            "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\n@m.tool()\ndef {tool}():\n    \"\"\"Does.\"\"\"\ndef main():\n    m.run()\n"
        )
    };
    let (started, dead) = (code("started"), code("dead"));
    for (path, manifest) in [
        ("setup.py", "setup(entry_points={'console_scripts': ['acme=acme.cli:main']})"),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    acme = acme.cli:main\n"),
        (
            "pyproject.toml",
            "[project]\nname = \"acme\"\n[project.scripts]\nacme = \"acme.cli:main\"\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry]\nname = \"acme\"\n[tool.poetry.scripts]\nacme = \"acme.cli:main\"\n",
        ),
        ("acme-1.dist-info/entry_points.txt", "[console_scripts]\nacme = acme.cli:main\n"),
    ] {
        let found = found(&[
            (path, manifest),
            ("acme/__init__.py", ""),
            ("acme/cli.py", &started),
            ("acme/old.py", &dead),
            ("tests/server.py", &dead),
        ]);
        assert_eq!(tools(&found), ["started(): Does."], "{path}: {manifest}");
    }
}

#[test]
fn a_table_of_methods_answers_for_the_tools() {
    let code = r#"import sys, json
TOOLS = [{"name": "m1", "description": "M1", "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}}}]
class S:
    def __init__(self):
        self.methods = {"initialize": self.init, "tools/list": self.list, "tools/call": self.call}
    def init(self, p): return {}
    def list(self, p): return {"tools": TOOLS}
    def call(self, p): return {}
    def run(self):
        for l in sys.stdin:
            m = json.loads(l); print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": self.methods[m["method"]](m.get("params"))}))
if __name__ == "__main__":
    S().run()"#;
    assert_eq!(tools(&one(code)), ["m1(a): M1"]);
}
