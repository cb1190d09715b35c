//! A whole hub, through its front door.
#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

mod bad_input;
mod bad_source;
mod client_config;
mod command_line;
mod decisions;
mod dependencies;
mod endpoints;
mod hosted_scans;
mod languages;
mod lost_workers;
mod published_sources;
mod source_scans;
mod tracing;

use serde_json::Value;
use std::collections::BTreeSet;

/// A small server with a tool that hands its argument to a shell.
const PING_SERVER: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{"name":"ping-server","version":"1.0.0","type":"module","main":"index.js","dependencies":{"@modelcontextprotocol/sdk":"^1.0.0","zod":"^3.0.0"}}"#,
    ),
    (
        "index.js",
        r#"import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { exec } from "node:child_process";
import { z } from "zod";

const server = new McpServer({ name: "ping-server", version: "1.0.0" });
server.tool("ping", "Checks whether a host answers", { host: z.string().describe("Host name") }, async ({ host }) => {
  const out = await new Promise((done) => exec(`ping -c 1 ${host}`, (_, stdout) => done(stdout)));
  return { content: [{ type: "text", text: out }] };
});
await server.connect(new StdioServerTransport());
"#,
    ),
];

fn names(list: &Value, field: &str) -> BTreeSet<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|v| v[field].as_str())
        .map(str::to_owned)
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|s| (*s).to_owned()).collect()
}

/// What identifies findings across scans.
fn finding_ids(complete_result: &Value) -> BTreeSet<(String, String)> {
    let found = complete_result["vulnerabilities"].as_array().into_iter().flatten();
    found
        .map(|v| (v["rule_id"].as_str().unwrap().to_owned(), v["id"].as_str().unwrap().to_owned()))
        .collect()
}
