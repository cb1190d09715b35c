//! Live servers that say as which package or repository they are published.

use crate::PING_SERVER;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use hub_e2e::{TestHub, mcp_hub};
use hub_testing::git_server::GitServer;
use hub_testing::registries::{NpmRegistry, PypiIndex};
use serde_json::{Value, json};

const PYTHON_SERVER: &[(&str, &str)] = &[
    ("acme_ping/__init__.py", ""),
    (
        "acme_ping/server.py",
        "from mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP(\"ping\")\n\n\n@mcp.tool()\ndef ping(host: str) -> str:\n    \"\"\"Pings.\"\"\"\n    return host\n",
    ),
];

/// A live server that shows itself like this and lists these tools.
async fn live(server_info: Value, tools: &[&str]) -> String {
    let tools: Vec<Value> = tools
        .iter()
        .map(|name| json!({ "name": name, "description": "Does it.", "inputSchema": { "type": "object" } }))
        .collect();
    let router = Router::new().fallback(move |body: axum::body::Bytes| async move {
        let Ok(call) = serde_json::from_slice::<Value>(&body) else {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        };
        let result = match call["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": call["params"]["protocolVersion"], "capabilities": { "tools": {} }, "serverInfo": server_info,
            }),
            Some("tools/list") => json!({ "tools": tools }),
            _ if call.get("id").is_none() => return StatusCode::ACCEPTED.into_response(),
            _ => {
                let error = json!({ "code": -32601, "message": "no such method" });
                return Json(json!({ "jsonrpc": "2.0", "id": call["id"], "error": error })).into_response();
            }
        };
        Json(json!({ "jsonrpc": "2.0", "id": call["id"], "result": result })).into_response()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// The tools that the named source does not declare, each with the severity; and how the comparison ended.
fn outcome(result: &Value) -> (Vec<(String, String)>, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = result["vulnerabilities"].as_array().unwrap();
    let found = found.iter().filter(|v| v["rule_id"] == "unpublished-tool");
    let found = found.map(|v| (text(&v["tool_name"]), text(&v["severity"]))).collect();
    (found, text(&result["coverage"]["endpoint_checks"]["published_source"]))
}

fn one(tool: &str, severity: &str) -> Vec<(String, String)> {
    vec![(tool.to_owned(), severity.to_owned())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_list_is_held_against_the_package_that_its_server_names() {
    let registry = NpmRegistry::start().await;
    registry.publish("@acme/ping", "1.0.0", PING_SERVER);
    let page = "https://registry.example/package/@acme/ping";
    let of_version = |version: &str| json!({ "name": "@acme/ping", "version": version });
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    for (server_info, tools, expected, ended) in [
        (of_version("1.0.0"), &["ping"][..], vec![], "done"),
        (of_version("1.0.0"), &["ping", "upload"], one("upload", "Medium"), "done"),
        // A version that nobody published: the newest is read, and what follows from it is less.
        (of_version("7.7.7"), &["ping", "upload"], one("upload", "Low"), "done"),
        (
            json!({ "name": "ping", "version": "1.0.0", "websiteUrl": page }),
            &["ping", "upload"],
            one("upload", "Medium"),
            "done",
        ),
        (json!({ "name": "@acme/gone", "version": "1.0.0" }), &["ping"], vec![], "not done: "),
        (
            json!({ "name": "@acme/ping", "websiteUrl": "https://registry.example/package/other" }),
            &["ping", "upload"],
            vec![],
            "not done: the server names both",
        ),
        // Hardly its source.
        (of_version("1.0.0"), &["upload"], vec![], "not done: "),
        (
            json!({ "name": "ping", "version": "1.0.0" }),
            &["ping", "upload"],
            vec![],
            "not applicable: ",
        ),
    ] {
        let url = live(server_info.clone(), tools).await;
        let scan = acme.scan_hosted(&json!({ "endpoint_url": url, "is_private": true })).await.unwrap();
        let result = acme.completed(&scan).await.unwrap();
        let (found, how) = outcome(&result);
        assert_eq!(found, expected, "{server_info}: {how}");
        assert!(how.starts_with(ended), "{server_info}: {how}");
        let limits = result["coverage"]["limits_hit"].to_string();
        assert_eq!(limits.contains("published_source"), ended.starts_with("not done"), "{limits}");
        let claim = result["vulnerabilities"].to_string().contains("nobody else vouches for that");
        assert_eq!(claim, !expected.is_empty());
        let fetched = |result: &Value| result["scan_metadata"]["duration_ms"]["fetching"].is_u64();
        assert_eq!(
            fetched(&result),
            !how.starts_with("not applicable") && !how.contains("both"),
            "{how}"
        );

        let env = [("NPM_CONFIG_REGISTRY", registry.url())];
        let (_, alone, said) = mcp_hub(&["scan", &url, "--format", "json"], &env).unwrap();
        assert_eq!(fetched(&alone), fetched(&result), "{how}");
        assert_eq!(outcome(&alone), (expected, how), "{server_info}: {said}");
        assert_eq!(crate::finding_ids(&alone), crate::finding_ids(&result), "{said}");
    }
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_source_is_fetched_once_within_the_guard_and_not_at_all_where_that_is_not_wanted() {
    let registry = NpmRegistry::start().await;
    registry.publish("@acme/ping", "1.0.0", PING_SERVER);
    let url = live(json!({ "name": "@acme/ping", "version": "1.0.0" }), &["ping", "upload"]).await;
    let scan = |arguments: &[&str], env: &[(&str, &str)]| {
        let arguments = [&["scan", &url, "--format", "json"], arguments].concat();
        let env = [&[("NPM_CONFIG_REGISTRY", registry.url())], env].concat();
        let before = registry.asked().len();
        let (_, result, said) = mcp_hub(&arguments, &env).unwrap();
        assert!(result.is_object(), "{said}");
        let (found, how) = outcome(&result);
        let asked = registry.asked()[before..].to_vec();
        (found, how, asked.into_iter().filter(|path| path.ends_with(".tgz")).count())
    };
    assert_eq!(scan(&[], &[]), (one("upload", "Medium"), "done".to_owned(), 1));
    let off = scan(&[], &[("HUB_CHECK_PUBLISHED_SOURCE", "false")]);
    assert_eq!(off, (vec![], "switched off".to_owned(), 0));
    let (found, how, fetched) = scan(&["--expected-tools", "ping"], &[]);
    assert!(found.is_empty() && how.starts_with("not applicable: ") && fetched == 0, "{how}");

    // A repository on a host that nobody allowed is no claim; one behind the guard is none that is followed.
    let git = GitServer::start().await;
    let repository = git.repo("acme/ping");
    repository.commit("main", PING_SERVER);
    let info = json!({ "name": "ping", "version": "1.0.0", "websiteUrl": repository.url() });
    let url = live(info, &["ping", "upload"]).await;
    let scan = |env: &[(&str, &str)]| {
        let (_, result, said) = mcp_hub(&["scan", &url, "--format", "json"], env).unwrap();
        assert!(result.is_object(), "{said}");
        outcome(&result)
    };
    let (found, how) = scan(&[]);
    assert!(found.is_empty() && how.starts_with("not applicable: "), "{how}");
    let allowed = [("HUB_CODE_HOSTS", git.host()), ("HUB_ALLOW_HTTP_LOOPBACK", "true")];
    let (found, how) = scan(&allowed);
    assert!(found.is_empty() && how.starts_with("not done: "), "{how}");
    let reachable = [&allowed[..], &[("EGRESS_ALLOW", "127.0.0.0/8")]].concat();
    assert_eq!(scan(&reachable), (one("upload", "Low"), "done".to_owned()));
    repository.tag("v1.0.0");
    assert_eq!(scan(&reachable), (one("upload", "Medium"), "done".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_project_is_known_by_its_page() {
    let index = PypiIndex::start().await;
    index.publish_wheel("acme-ping", "2.0", PYTHON_SERVER);
    index.publish_wheel("acme-ping", "3.0", PYTHON_SERVER);
    let info = json!({ "name": "ping", "version": "2.0", "websiteUrl": "https://index.example/project/acme-ping/" });
    let url = live(info, &["ping", "upload"]).await;
    let (_, result, said) = mcp_hub(&["scan", &url, "--format", "json"], &[("PIP_INDEX_URL", &index.url())]).unwrap();
    assert_eq!(outcome(&result), (one("upload", "Medium"), "done".to_owned()), "{said}");
    assert!(result["vulnerabilities"].to_string().contains("`pypi:acme-ping` 2.0"), "{said}");
}
