//! A package that is a shell around a dependency, through every service.

use hub_e2e::TestHub;
use hub_testing::osv::OsvService;
use hub_testing::registries::NpmRegistry;
use serde_json::{Value, json};

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

const SERVER: &str = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import parse from "fast-parse";
const server = new McpServer({ name: "acme", version: "1.0.0" });
server.tool("ping", "Pings.", {}, async () => ({ content: [{ type: "text", text: parse("pong") }] }));
"#;

fn advisory(id: &str, aliases: &[&str], name: &str, fixed: &str) -> String {
    json!({
        "id": id, "aliases": aliases, "modified": "2026-01-01T00:00:00Z", "summary": "Input ends the process.",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
        "affected": [{ "package": { "ecosystem": "npm", "name": name }, "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": fixed }] }] }],
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn known_faults_are_asked_of_the_operators_service_and_told_with_way_and_fix() {
    let (registry, advisories) = (NpmRegistry::start().await, OsvService::start().await);
    advisories.publish(&advisory("GHSA-1", &["CVE-2026-1"], "deep-merge-all", "1.2.0"));
    advisories.publish(&advisory("OSV-1", &["CVE-2026-1"], "deep-merge-all", "1.2.0"));
    advisories.publish(&advisory("GHSA-2", &["CVE-2026-2"], "@acme/mcp", "1.0.1"));
    let manifest = r#"{"name":"@acme/mcp","version":"1.0.0","type":"module","bin":"cli.js","dependencies":{"fast-parse":"^2"}}"#;
    let lock = r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"fast-parse": "^2"}},
"node_modules/fast-parse": {"version": "2.0.0", "dependencies": {"deep-merge-all": "^1"}},
"node_modules/deep-merge-all": {"version": "1.1.0"}}}"#;
    registry.publish(
        "@acme/mcp",
        "1.0.0",
        &[("package.json", manifest), ("npm-shrinkwrap.json", lock), ("cli.js", SERVER)],
    );
    registry.edit("@acme/mcp", |d| {
        d["versions"]["1.0.0"]["deprecated"] = json!("moved to @acme/mcp-next")
    });
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url()), ("HUB_ADVISORIES_URL", advisories.url())])
        .await
        .unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan(&json!({ "source_url": "@acme/mcp" })).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();
    let findings = result["vulnerabilities"].as_array().unwrap();
    let of = |rule: &str| -> Vec<&Value> { findings.iter().filter(|f| f["rule_id"] == rule).collect() };

    let known = of("known-vulnerable-dependency");
    assert_eq!(known.len(), 1, "{result}");
    assert_eq!(known[0]["dependency"], "deep-merge-all@1.1.0");
    assert_eq!(known[0]["severity"], "High");
    assert_eq!(known[0]["evidence_level"], "confirmed");
    let way: Vec<&str> = known[0]["flow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        way,
        [
            "`fast-parse@2.0.0` is a direct dependency",
            "`fast-parse@2.0.0` needs `deep-merge-all@1.1.0`"
        ]
    );
    assert!(known[0]["remediation"].as_str().unwrap().contains("1.2.0 or later"), "{}", known[0]);

    let own = of("published-vulnerability");
    assert_eq!(own.len(), 1, "{result}");
    assert!(own[0]["title"].as_str().unwrap().contains("CVE-2026-2") && own[0]["evidence_level"] == "confirmed");
    assert_eq!(of("abandoned-package")[0]["severity"], "Low");
    assert_eq!(result["scan_metadata"]["package"]["deprecated"], "moved to @acme/mcp-next");
    let data = result["coverage"]["advisory_data"].as_str().unwrap();
    assert!(
        data.starts_with("the advisory service 127.0.0.1:") && data.contains("as of 20"),
        "{data}"
    );
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_advisories_that_fails_costs_no_scan_and_is_no_clean_bill() {
    let (registry, advisories) = (NpmRegistry::start().await, OsvService::start().await);
    advisories.fail("/v1/querybatch");
    let manifest = r#"{"name":"@acme/mcp","version":"1.0.0","type":"module","bin":"cli.js","license":"MIT"}"#;
    registry.publish("@acme/mcp", "1.0.0", &[("package.json", manifest), ("cli.js", SERVER)]);
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url()), ("HUB_ADVISORIES_URL", advisories.url())])
        .await
        .unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan(&json!({ "source_url": "@acme/mcp" })).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();
    assert!(result["coverage"]["advisory_data"].is_null());
    let not_run = result["coverage"]["rules_not_run"].as_array().unwrap();
    assert!(not_run.iter().any(|r| r["rule_id"] == "known-vulnerable-dependency"));
    let warnings = result["scan_metadata"]["warnings"].to_string();
    assert!(warnings.contains("known faults of packages were not looked at"), "{warnings}");
    hub.finish().await.unwrap();
}
