//! Manifests made for those who install servers: `manifest.json` of a desktop bundle (DXT, MCPB) and `server.json` of the MCP
//! registry. They say what starts, and a bundle's may list what the server offers.

use crate::Found;
use hub_model::{Discovered, DiscoveredBy, Gap, Location, Prompt, PromptArgument, RelPath, Snapshot, Tool};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most items of one list.
const MAX_ITEMS: usize = 10_000;
const RULE: &str = "bundle-manifest";

/// What a bundle's manifest starts, relative to it: `server.entry_point`, and paths among the arguments of `server.mcp_config`.
pub(crate) fn targets(text: &str) -> Vec<String> {
    let Some(server) = bundle(text).and_then(|b| b.get("server").cloned()) else {
        return Vec::new();
    };
    let entry = server.get("entry_point").and_then(Value::as_str).into_iter();
    let config = server.get("mcp_config");
    let args = config.and_then(|c| c.get("args")).and_then(Value::as_array);
    let args = args.into_iter().flatten().filter_map(Value::as_str).filter_map(|a| {
        let inside = a.strip_prefix("${__dirname}")?;
        Some(inside.trim_start_matches(['/', '\\']))
    });
    let mut out: Vec<String> = Vec::new();
    for target in entry.chain(args).map(|t| t.trim_start_matches("./").replace('\\', "/")) {
        if !target.is_empty() && !out.contains(&target) {
            out.push(target);
        }
    }
    out
}

fn bundle(text: &str) -> Option<Value> {
    let data: Value = serde_json::from_str(text).ok()?;
    let is_bundle = ["manifest_version", "dxt_version", "mcpb_version"]
        .iter()
        .any(|k| data.get(*k).is_some())
        && data.get("server").is_some_and(Value::is_object);
    is_bundle.then_some(data)
}

/// Names under which the `server.json` files of a tree say that its servers are published, in one registry (`npm`, `pypi`).
pub(crate) fn published(snapshot: &Snapshot, registry: &str) -> BTreeSet<String> {
    let files = snapshot.files.iter().filter(|f| f.path.file_name() == "server.json");
    let data = files.filter_map(|f| serde_json::from_str::<Value>(&f.text).ok());
    let packages = data.flat_map(|d| d.get("packages").and_then(Value::as_array).cloned().unwrap_or_default());
    let of_registry = packages.filter(|p| {
        let kind = ["registryType", "registry_type", "registry_name", "registry"]
            .iter()
            .find_map(|k| p.get(*k)?.as_str());
        kind == Some(registry)
    });
    let names = of_registry.filter_map(|p| p.get("identifier").or_else(|| p.get("name"))?.as_str().map(str::to_owned));
    names.collect()
}

/// Where nothing was found in the code, what the bundle's manifest lists counts: a binary, or a server that asks others.
pub(crate) fn listed(snapshot: &Snapshot, found: &mut Found) {
    let base = snapshot.origin.base_path.as_ref().map_or("", RelPath::as_str);
    let at_root = |path: &RelPath| path.file_name() == "manifest.json" && path.parent() == base;
    let Some(file) = snapshot.files.iter().find(|f| at_root(&f.path)) else {
        return;
    };
    let Some(data) = bundle(&file.text) else { return };
    let at = Location::of_line(file.path.clone(), 1);
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let list = |key: &str| {
        data.get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .take(MAX_ITEMS)
    };
    if found.inventory.tools.is_empty() {
        for item in list("tools") {
            let Some(name) = text(&item, "name") else { continue };
            let mut tool = Tool::named(name, Discovered::Static, RULE);
            tool.description = text(&item, "description");
            tool.declared_at = Some(at.clone());
            found.tool(tool);
        }
    }
    if found.inventory.prompts.is_empty() {
        for item in list("prompts") {
            let Some(name) = text(&item, "name") else { continue };
            let arguments = item.get("arguments").and_then(Value::as_array);
            let argument = |name: &str| PromptArgument {
                name: name.to_owned(),
                description: None,
                required: false,
            };
            let prompt = Prompt {
                name,
                title: None,
                description: text(&item, "description"),
                arguments: arguments.into_iter().flatten().filter_map(Value::as_str).map(argument).collect(),
                text: text(&item, "text"),
                declared_at: Some(at.clone()),
                discovered_by: DiscoveredBy {
                    method: Discovered::Static,
                    rule: RULE.to_owned(),
                },
                unknowns: Vec::new(),
            };
            found.prompt(prompt);
        }
    }
    let is_listed = found.inventory.tools.iter().any(|t| t.discovered_by.rule == RULE);
    let is_generated = data.get("tools_generated").and_then(Value::as_bool) == Some(true);
    if is_generated && (is_listed || found.inventory.tools.is_empty()) {
        found.gap(Gap {
            at,
            what: "tools".to_owned(),
            reason: "the manifest says that more are made at run time (`tools_generated`)".to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::discover;
    use crate::testing::snapshot;
    use hub_model::Budget;

    const SERVER: &str = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
        const server = new McpServer({ name: 'x', version: '1' });
        server.registerTool('NAME', { inputSchema: {} }, async () => ({ content: [] }));";

    fn tools(files: &[(&str, &str)]) -> Vec<String> {
        let found = discover(&snapshot(files), &Budget::default());
        found.inventory.tools.iter().map(|t| t.name.clone()).collect()
    }

    #[test]
    fn a_bundle_starts_where_its_manifest_says() {
        let manifest = r#"{"manifest_version":"0.3","server":{"type":"node","entry_point":"server/index.js",
            "mcp_config":{"command":"node","args":["${__dirname}/server/index.js"]}},"tools":[{"name":"as_the_manifest_says"}]}"#;
        let files = [
            ("manifest.json", manifest),
            ("server/index.js", &SERVER.replace("NAME", "started")),
            ("old/index.js", &SERVER.replace("NAME", "dead")),
        ];
        assert_eq!(tools(&files), ["started"]);
        let python = r#"{"dxt_version":"0.1","server":{"type":"python","entry_point":"server/main.py"}}"#;
        let code = "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\n@m.tool()\ndef NAME(): ...\n";
        let files = [
            ("manifest.json", python),
            ("server/main.py", &code.replace("NAME", "started")),
            ("old/main.py", &code.replace("NAME", "dead")),
        ];
        assert_eq!(tools(&files), ["started"]);
    }

    #[test]
    fn what_a_bundle_of_a_binary_lists_is_its_inventory() {
        let manifest = r#"{"manifest_version":"0.3","server":{"type":"binary","entry_point":"server/run"},"tools_generated":true,
            "tools":[{"name":"ping","description":"Pings."}],"prompts":[{"name":"ask","arguments":["who"]}]}"#;
        let found = discover(&snapshot(&[("manifest.json", manifest)]), &Budget::default()).inventory;
        assert_eq!(
            (found.tools[0].name.as_str(), found.tools[0].description.as_deref()),
            ("ping", Some("Pings."))
        );
        assert_eq!(
            (found.prompts[0].name.as_str(), found.prompts[0].arguments[0].name.as_str()),
            ("ask", "who")
        );
        assert!(found.gaps[0].reason.contains("tools_generated"), "{:?}", found.gaps);
    }

    #[test]
    fn the_package_that_the_registry_s_file_names_is_the_server() {
        let server = r#"{"name":"io.example/a","packages":[{"registryType":"npm","identifier":"@x/a","version":"1.0.0"}]}"#;
        let dependencies = r#""dependencies":{"@modelcontextprotocol/sdk":"1"}"#;
        let files = [
            ("server.json", server),
            (
                "packages/a/package.json",
                &format!(r#"{{"name":"@x/a","bin":"index.js",{dependencies}}}"#),
            ),
            ("packages/a/index.js", &SERVER.replace("NAME", "published")),
            (
                "packages/b/package.json",
                &format!(r#"{{"name":"@x/b","bin":"index.js",{dependencies}}}"#),
            ),
            ("packages/b/index.js", &SERVER.replace("NAME", "internal")),
        ];
        assert_eq!(tools(&files), ["published"]);
    }
}
