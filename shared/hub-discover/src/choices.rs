//! What servers list that choose, take back or rename their tools while they start.

use crate::discover;
use crate::testing::snapshot;
use hub_model::{Budget, Inventory};

fn inventory(files: &[(&str, &str)]) -> Inventory {
    discover(&snapshot(files), &Budget::default()).inventory
}

/// `name(parameters)` of each tool, with the condition under which alone it is listed.
fn tools(files: &[(&str, &str)]) -> Vec<String> {
    let shown = inventory(files).tools.into_iter().map(|tool| {
        let when = tool.unknowns.iter().find(|unknown| unknown.field == "listed");
        let when = when.map(|unknown| format!(" {}", unknown.reason)).unwrap_or_default();
        format!("{}({}){when}", tool.name, tool.parameter_names().join(", "))
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

#[test]
fn a_tool_behind_a_flag_says_which() {
    let decorated = r#"
import os
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("s")
@mcp.tool()
def always(): ...
def admin(mcp):
    @mcp.tool()
    def wipe(): ...
if os.getenv("ADMIN") == "1":
    admin(mcp)
if os.getenv("QUIET") != "1":
    @mcp.tool()
    def by_default(): ...
"#;
    let wanted = [
        "always()",
        "by_default()",
        "wipe() only where `os.getenv(\"ADMIN\") == \"1\"` holds, which is known at run time",
    ];
    assert_eq!(tools(&[("server.py", decorated)]), wanted);
    let listed = r#"
import os
from mcp.server import Server
from mcp.types import Tool
app = Server("s")
@app.list_tools()
async def list_tools():
    tools = [Tool(name="always", inputSchema={"type": "object"})]
    if os.environ.get("BETA"):
        tools.append(Tool(name="beta", inputSchema={"type": "object"}))
    return tools
"#;
    let wanted = [
        "always()",
        "beta() only where `os.environ.get(\"BETA\")` holds, which is known at run time",
    ];
    assert_eq!(tools(&[("server.py", listed)]), wanted);
    let script = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "s", version: "1" });
server.registerTool("always", { description: "A" }, async () => ({ content: [] }));
if (process.env.ADMIN === "1") {
  server.registerTool("wipe", { description: "W" }, async () => ({ content: [] }));
}
"#;
    let wanted = [
        "always()",
        "wipe() only where `process.env.ADMIN === \"1\"` holds, which is known at run time",
    ];
    assert_eq!(tools(&[("index.ts", script)]), wanted);
}

#[test]
fn a_tool_that_is_registered_either_way_has_no_condition() {
    let python = r#"
import sys
from mcp.server.fastmcp import FastMCP
def build():
    mcp = FastMCP("s")
    @mcp.tool()
    def look(): ...
    return mcp
if probe():
    build()
build().run()
"#;
    assert_eq!(tools(&[("server.py", python)]), ["look()"]);
    let script = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { mode } from "some-package";
function build() {
  const server = new McpServer({ name: "s", version: "1" });
  server.registerTool("look", { description: "L" }, async () => ({ content: [] }));
}
if (mode() === "http") { build(); } else { build(); }
"#;
    assert_eq!(tools(&[("index.ts", script)]), ["look()"]);
}

#[test]
fn options_of_the_command_line_are_what_they_are_by_default() {
    let argparse = r#"
import argparse
from mcp.server.fastmcp import FastMCP
def main():
    parser = argparse.ArgumentParser()
    group = parser.add_argument_group("names")
    group.add_argument("--tool-prefix", default="math")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    mcp = FastMCP("s")
    mcp.tool(name=f"{args.tool_prefix}_add")(add)
    if args.write:
        mcp.tool(name="store")(add)
    mcp.run()
def add(a: int, b: int): ...
if __name__ == "__main__":
    main()
"#;
    let wanted = [
        "math_add(a, b)",
        "store(a, b) only where `args.write` holds, which is known at run time",
    ];
    assert_eq!(tools(&[("server.py", argparse)]), wanted);
    let click = r#"
import click
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("s")
@click.command()
@click.option("--set", "chosen", default="core")
@click.option("--loud/--quiet", default=False)
def main(chosen, loud):
    @mcp.tool(name=chosen + "_get")
    def get(key: str): ...
    if loud:
        @mcp.tool()
        def shout(): ...
main()
"#;
    let wanted = ["core_get(key)", "shout() only where `loud` holds, which is known at run time"];
    assert_eq!(tools(&[("server.py", click)]), wanted);
}

#[test]
fn what_is_taken_back_or_hidden_is_not_listed() {
    let text = r#"
from fastmcp import FastMCP
from fastmcp.tools import Tool
from fastmcp.tools.tool_transform import ArgTransform
mcp = FastMCP("s", exclude_tags={"draft"})
@mcp.tool
def ping(host: str, retries: int = 1): ...
@mcp.tool(tags={"draft"})
def sketch(): ...
@mcp.tool(enabled=False)
def off(): ...
@mcp.tool(tags={"internal"})
def inside(): ...
@mcp.tool(name_or_fn="kept")
def renamed(): ...
mcp.add_tool(Tool.from_tool(ping, name="probe", transform_args={"host": ArgTransform(name="target"), "retries": ArgTransform(hide=True)}))
mcp.remove_tool("ping")
mcp.disable(tags={"internal"})
"#;
    assert_eq!(tools(&[("server.py", text)]), ["kept()", "probe(target)"]);
}

#[test]
fn transforms_change_what_is_listed() {
    let text = r#"
from fastmcp import FastMCP
from fastmcp.server.transforms import Namespace, Transform
class Note(Transform):
    def __init__(self, note):
        self._note = note
    def _rewrite(self, tool):
        if not (tool.annotations and tool.annotations.destructiveHint):
            return tool
        return tool.model_copy(update={"description": f"{tool.description}\n\n{self._note}"})
    async def list_tools(self, tools):
        return [self._rewrite(tool) for tool in tools]
mcp = FastMCP("s")
@mcp.tool(annotations={"destructiveHint": True})
def wipe():
    """Wipe."""
@mcp.tool
def look():
    """Look."""
mcp.add_transform(Note("Ask first."))
mcp.add_transform(Namespace("disk"))
"#;
    let found = inventory(&[("server.py", text)]);
    let shown: Vec<_> = found.tools.iter().map(|t| (&*t.name, t.description.as_deref())).collect();
    assert_eq!(shown, [("disk_wipe", Some("Wipe.\n\nAsk first.")), ("disk_look", Some("Look."))]);
}

#[test]
fn commands_without_an_extension_are_read_in_the_language_of_their_interpreter() {
    let php = r##"#!/usr/bin/env php
<?php
use Mcp\Server;
require __DIR__ . '/../vendor/autoload.php';
$server = Server::builder()->setServerInfo('s', '1')->addTool(fn (string $city) => $city, 'forecast', 'Forecast of a city')->build();
"##;
    let manifest = r#"{"name": "acme/weather", "bin": ["bin/weather"], "require": {"mcp/sdk": "^0.1"}}"#;
    assert_eq!(tools(&[("composer.json", manifest), ("bin/weather", php)]), ["forecast(city)"]);
    let python = "#!/usr/bin/env -S python3 -u\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('s')\n@mcp.tool()\ndef look(at: str): ...\nmcp.run()\n";
    assert_eq!(tools(&[("server", python)]), ["look(at)"]);
}

#[test]
fn yaml_tables_are_read_with_what_they_merge() {
    let code = r#"
import yaml
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("s")
with open("tools.yaml") as file:
    TABLE = yaml.safe_load(file)
for one in TABLE["tools"]:
    mcp.tool(name="{group}-{name}".format(**one), description="%s (%d of 100%%)" % (one["name"], 7))(lambda: None)
"#;
    let table = "base: &b\n  group: db\ntools:\n  - <<: *b\n    name: query\n";
    let found = inventory(&[("server.py", code), ("tools.yaml", table)]);
    let shown: Vec<_> = found.tools.iter().map(|t| (&*t.name, t.description.as_deref())).collect();
    assert_eq!(shown, [("db-query", Some("query (7 of 100%)"))]);
}

#[test]
fn schemas_made_of_others_keep_their_properties() {
    let text = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { Type } from "@sinclair/typebox";
const server = new McpServer({ name: "s", version: "1" });
const Base = Type.Object({ owner: Type.String(), state: Type.Optional(Type.String()), n: Type.Integer() });
const cb = async () => ({ content: [] });
server.registerTool("some", { inputSchema: Type.Pick(Base, ["owner", "n"]) }, cb);
server.registerTool("rest", { inputSchema: Type.Omit(Base, Type.Union([Type.Literal("n"), Type.Literal("state")])) }, cb);
server.registerTool("more", { inputSchema: Type.Composite([Type.Partial(Base), Type.Object({ id: Type.Number() })]) }, cb);
"#;
    assert_eq!(
        tools(&[("index.ts", text)]),
        ["more(owner, state, n, id)", "rest(owner)", "some(owner, n)"]
    );
}

#[test]
fn the_key_of_a_tool_goes_before_its_id() {
    let text = r#"
import { MCPServer } from "@mastra/mcp";
import { createTool } from "@mastra/core/tools";
const weather = createTool({ id: "get-weather", description: "Weather", execute: async () => ({}) });
new MCPServer({ name: "s", version: "1", tools: { weather, clock: createTool({ id: "time", description: "Time", execute: async () => ({}) }) } });
"#;
    assert_eq!(tools(&[("index.ts", text)]), ["clock()", "weather()"]);
}

#[test]
fn a_helper_that_is_called_in_doubt_does_not_use_the_budget_up() {
    // Each message goes through a sanitizer whose loops nobody can decide.
    let text = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const secrets = (process.env.SECRETS ?? "").split(";").map((s) => s.trim()).filter(Boolean);
function* forms(value) {
  for (let pass = 0; pass < 40; pass++) { const before = value; value = value.replace(/%[0-9a-f]{2}/gi, (m) => m.toLowerCase()); yield value; if (value === before) return; }
}
function clean(value) {
  let out = value;
  for (const secret of secrets) { for (const form of forms(out)) { for (const other of forms(form)) { out = out.split(other).join(secret); } } }
  return out;
}
function log(text) { if (process.env.DEBUG) { for (let i = 0; i < 100; i++) { console.error(clean(clean(text))); } } }
export function start() {
  const server = new McpServer({ name: "s", version: "1" });
  for (const name of ["a", "b", "c"]) { log("registering " + name); server.registerTool(name, { description: "Does " + name }, async () => ({ content: [] })); }
}
if (process.env.HTTP) { start(); } else { start(); }
"#;
    let found = discover(
        &snapshot(&[("index.js", text)]),
        &Budget {
            max_eval_steps: 2_000_000,
            ..Budget::default()
        },
    );
    assert_eq!(found.inventory.tools.len(), 3);
    assert_eq!(found.warnings, Vec::<String>::new());
}
