//! A package that is a shell around a dependency, through every service.

use hub_e2e::TestHub;
use hub_testing::registries::NpmRegistry;
use serde_json::json;

const ENGINE: &str = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import { exec } from "node:child_process";
export function createServer() {
  const server = new McpServer({ name: "acme", version: "1.0.0" });
  server.tool("ping", "Pings a host", { host: z.string() }, async ({ host }) => {
    exec(`ping ${host}`);
    return { content: [] };
  });
  return server;
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_is_reported_with_the_tools_of_its_dependency_and_their_faults() {
    let registry = NpmRegistry::start().await;
    registry.publish(
        "@acme/engine",
        "2.3.4",
        &[("package.json", r#"{"name":"@acme/engine","type":"module"}"#), ("index.js", ENGINE)],
    );
    let manifest = r#"{"name":"@acme/mcp","type":"module","bin":"cli.js","dependencies":{"@acme/engine":"^2"}}"#;
    let cli = "#!/usr/bin/env node\nimport { createServer } from '@acme/engine';\ncreateServer();\n";
    registry.publish("@acme/mcp", "1.0.0", &[("package.json", manifest), ("cli.js", cli)]);
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan(&json!({ "source_url": "@acme/mcp" })).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();
    let tools = result["tools_scanned"].as_array().unwrap();
    assert_eq!(tools.len(), 1, "{result}");
    assert_eq!(
        (&tools[0]["name"], &tools[0]["in_dependency"]),
        (&json!("ping"), &json!("npm:@acme/engine@2.3.4"))
    );
    let findings = result["vulnerabilities"].as_array().unwrap();
    let shell = findings
        .iter()
        .find(|f| f["tool_name"] == "ping" && f["in_dependency"] == "npm:@acme/engine@2.3.4");
    assert!(shell.is_some(), "{result}");
    assert_eq!(result["coverage"]["dependencies_read"][0]["dependency"], "npm:@acme/engine@2.3.4");
    hub.finish().await.unwrap();
}
