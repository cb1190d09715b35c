use crate::{names, set};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use hub_e2e::{TestHub, mcp_hub, scan_of};
use hub_testing::git_server::GitServer;
use hub_testing::npm_server::{EVERYTHING, NpmServer};
use hub_testing::tls::{self, Authority};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_live_server_is_scanned_over_streamable_http_and_over_sse() {
    let http = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.unwrap();
    let sse = NpmServer::start(EVERYTHING, &["sse"]).await.unwrap();
    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    let mut seen = Vec::new();
    for (url, transport) in [(http.url("/mcp"), "streamable_http"), (sse.url("/sse"), "sse")] {
        let scan = acme.scan_hosted(&json!({ "endpoint_url": url })).await.unwrap();
        let result = acme.completed(&scan).await.unwrap();
        assert_eq!(result["scan_metadata"]["transport"], transport);
        let (_, alone, said) = mcp_hub(&["scan", &url, "--format", "json"], &[]).unwrap();
        assert_eq!(crate::finding_ids(&alone), crate::finding_ids(&result), "{said}");
        let tools = names(&result["tools_scanned"], "name");
        assert_eq!(tools, names(&alone["tools_scanned"], "name"));
        assert!(tools.contains("echo") && tools.len() > 10, "{tools:?}");
        seen.push(tools);
        let status = acme.get_json(&format!("/scan/{}/status", scan.0)).await.unwrap();
        assert_eq!((&status["scan_type"], &status["auth_type"]), (&json!("hosted"), &json!("none")));
    }
    assert_eq!(seen[0], seen[1]);
    hub.finish().await.unwrap();
}

/// A server that lists one tool, at any path but those that a test adds.
fn one_tool() -> Router {
    Router::new().fallback(move |request: Request| async move {
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let Ok(call) = serde_json::from_slice::<Value>(&body) else {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        };
        let result = match call["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": call["params"]["protocolVersion"], "capabilities": { "tools": {} },
                "serverInfo": { "name": "guarded", "version": "1" },
            }),
            Some("tools/list") => {
                json!({ "tools": [{ "name": "secret_tool", "description": "Lists", "inputSchema": { "type": "object" } }] })
            }
            _ if call.get("id").is_none() => return StatusCode::ACCEPTED.into_response(),
            _ => {
                return axum::Json(json!({ "jsonrpc": "2.0", "id": call["id"], "error": { "code": -32601, "message": "no such method" } }))
                    .into_response();
            }
        };
        axum::Json(json!({ "jsonrpc": "2.0", "id": call["id"], "result": result })).into_response()
    })
}

/// The same to whoever knows the secret.
async fn guarded(header: &'static str, secret: &'static str) -> String {
    let app = one_tool().layer(middleware::from_fn(move |request: Request, next: Next| async move {
        match request.headers().get(header) {
            Some(value) if value.as_bytes() == secret.as_bytes() => next.run(request).await,
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    }));
    start(app).await
}

async fn start(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_reach_the_target_and_nothing_else() {
    const SECRET: &str = "s3cr3t-that-must-not-be-seen-4711";
    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    let cases = [
        (
            "authorization",
            "Bearer s3cr3t-that-must-not-be-seen-4711",
            json!({ "auth_type": "bearer", "bearer_token": SECRET }),
        ),
        ("x-api-key", SECRET, json!({ "auth_type": "api_key", "api_key": SECRET })),
        (
            "x-team",
            SECRET,
            json!({ "auth_type": "custom_headers", "headers": { "X-Team": SECRET } }),
        ),
        (
            "authorization",
            "Basic bWU6czNjcjN0LXRoYXQtbXVzdC1ub3QtYmUtc2Vlbi00NzEx",
            json!({ "auth_type": "basic", "username": "me", "password": SECRET }),
        ),
        (
            "authorization",
            "Bearer s3cr3t-that-must-not-be-seen-4711",
            json!({ "auth_type": "oauth2", "access_token": SECRET }),
        ),
    ];
    for (header, value, auth) in cases {
        let url = guarded(header, value).await;
        let answer = acme
            .submit(
                "/scan/hosted",
                &json!({ "endpoint_url": url, "auth_config": auth, "is_private": true }),
            )
            .await
            .unwrap();
        assert!(!answer.to_string().contains(SECRET));
        let result = acme.completed(&scan_of(&answer).unwrap()).await.unwrap();
        assert_eq!(names(&result["tools_scanned"], "name"), set(&["secret_tool"]), "{header}");

        let wrong = json!({ "auth_type": "bearer", "bearer_token": "wrong" });
        let scan = acme
            .scan_hosted(&json!({ "endpoint_url": url, "auth_config": wrong }))
            .await
            .unwrap();
        let why = acme.failed(&scan).await.unwrap();
        assert!(why.contains("401") || why.to_lowercase().contains("credential"), "{why}");
    }
    assert!(!hub.all_logs().contains(SECRET), "a secret is in a log");
    assert!(!dump(hub.database_url()).contains(SECRET), "a secret is in the database");
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_behind_tls_of_a_users_own_is_reached_with_the_certificates_that_the_user_gives() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.issue();
    let (client_cert, client_key) = (certificate.pem(), key.serialize_pem());
    let bearer = json!({ "auth_type": "bearer", "bearer_token": "t0k3n" });
    let own_authority = json!({ "auth_type": "bearer", "bearer_token": "t0k3n", "ca_cert": authority.pem() });
    let mtls = json!({ "auth_type": "mtls", "client_cert": client_cert, "client_key": client_key, "ca_cert": authority.pem() });
    let mut both = mtls.clone();
    both["also"] = bearer.clone();
    let with_token = || {
        one_tool().layer(middleware::from_fn(|request: Request, next: Next| async move {
            match request.headers().get("authorization") {
                Some(value) if value.as_bytes() == b"Bearer t0k3n" => next.run(request).await,
                _ => StatusCode::UNAUTHORIZED.into_response(),
            }
        }))
    };
    let plain = tls::serve(authority.issue(), None, |_| with_token()).await.0;
    let mutual = tls::serve(authority.issue(), Some(&clients), |_| one_tool()).await.0;
    let both_doors = tls::serve(authority.issue(), Some(&clients), |_| with_token()).await.0;

    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    for (address, auth, wrong, why) in [
        (plain, own_authority, &bearer, "certificate"),
        (mutual, mtls.clone(), &bearer, "certificate"),
        (both_doors, both, &mtls, "401"),
    ] {
        let url = format!("https://{address}/mcp");
        let body = |auth: &Value| json!({ "endpoint_url": url, "auth_config": auth, "is_private": true });
        let answer = acme.submit("/scan/hosted", &body(&auth)).await.unwrap();
        assert!(!answer.to_string().contains("PRIVATE KEY"));
        let result = acme.completed(&scan_of(&answer).unwrap()).await.unwrap();
        assert_eq!(names(&result["tools_scanned"], "name"), set(&["secret_tool"]), "{auth}");
        let scan = acme.scan_hosted(&body(wrong)).await.unwrap();
        let said = acme.failed(&scan).await.unwrap();
        assert!(said.contains(why), "{said}");
    }
    assert!(!hub.all_logs().contains("PRIVATE KEY"), "a secret is in a log");
    assert!(!dump(hub.database_url()).contains("PRIVATE KEY"), "a secret is in the database");
    hub.finish().await.unwrap();
}

/// Everything in the database, as text.
fn dump(url: &str) -> String {
    let dumper = std::fs::read_dir("/usr/lib/postgresql")
        .unwrap()
        .map(|d| d.unwrap().path().join("bin/pg_dump"))
        .max()
        .unwrap();
    let done = std::process::Command::new(dumper).arg(url).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_configuration_becomes_one_job_per_entry_or_none_at_all() {
    let live = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.unwrap();
    let git = GitServer::start().await;
    let registry = hub_testing::registries::NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", crate::PING_SERVER);
    let closed = guarded("authorization", "Bearer config-token").await;
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url()), ("HUB_CODE_HOSTS", git.host())])
        .await
        .unwrap();
    let acme = hub.org("acme").unwrap();
    let config = json!({ "mcp_config": { "mcpServers": {
        "everything": { "type": "http", "url": live.url("/mcp") },
        "ping": { "command": "npx", "args": ["-y", "ping-server@1.0.0"] },
        "closed": { "url": closed, "headers": { "Authorization": "Bearer config-token" } },
    } } });
    let answers = acme.submit("/scan/hosted/config", &config).await.unwrap();
    let answers = answers.as_array().unwrap().clone();
    assert_eq!(answers.len(), 3);
    for (answer, tool) in answers.iter().zip(["echo", "ping", "secret_tool"]) {
        let result = acme.completed(&scan_of(answer).unwrap()).await.unwrap();
        assert!(names(&result["tools_scanned"], "name").contains(tool), "{tool}");
    }

    let mut broken = config;
    broken["mcp_config"]["mcpServers"]["bad"] = json!({ "url": "ftp://example.com/" });
    broken["mcp_config"]["mcpServers"]["unfilled"] =
        json!({ "url": "https://example.com/mcp", "headers": { "Authorization": "Bearer ${TOKEN}" } });
    let answer = acme.post("/scan/hosted/config", &broken).await.unwrap();
    assert_eq!(answer.status(), 422);
    let problem: Value = answer.json().await.unwrap();
    let pointers = names(&problem["errors"], "pointer");
    assert!(
        pointers.iter().any(|p| p.contains("bad")) && pointers.iter().any(|p| p.contains("unfilled")),
        "{problem}"
    );
    assert_eq!(acme.get_json("/scans?mine=true").await.unwrap()["total"], 3);
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_takes_the_credentials_that_the_api_takes() {
    let url = guarded("authorization", "Basic bWU6czNjcjN0LTQ3MTE=").await;
    let scan = |auth: &str| {
        mcp_hub(
            &["scan", &url, "--format", "json", "--auth-config-env", "MCP_AUTH"],
            &[("MCP_AUTH", auth)],
        )
        .unwrap()
    };
    let (_, result, said) = scan(r#"{"auth_type": "basic", "username": "me", "password": "s3cr3t-4711"}"#);
    assert_eq!(names(&result["tools_scanned"], "name"), set(&["secret_tool"]), "{said}");
    assert!(!said.contains("s3cr3t-4711") && !result.to_string().contains("s3cr3t-4711"));
    let (status, _, said) = scan(r#"{"auth_type": "basic", "username": "me", "password": "wr0ng-secret"}"#);
    assert_eq!(status, 2);
    assert!(
        said.contains("refused the basic credentials") && !said.contains("wr0ng-secret"),
        "{said}"
    );
    let (status, _, said) = scan(r#"{"auth_type": "basic", "password": "s3cr3t-4711"}"#);
    assert_eq!(status, 64);
    assert!(said.contains("username") && !said.contains("s3cr3t-4711"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_operators_beside_the_endpoint_is_found_unless_the_check_is_switched_off() {
    let metrics = || async { "# HELP up Whether.\n# TYPE up gauge\nup 1\n" };
    let url = start(one_tool().route("/metrics", axum::routing::get(metrics))).await;
    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan_hosted(&json!({ "endpoint_url": url })).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();
    let found = result["vulnerabilities"].as_array().unwrap();
    let open = found.iter().find(|v| v["rule_id"] == "open-debug-path").unwrap();
    assert_eq!(open["detection_classes"], json!(["L08"]));
    assert!(open["title"].as_str().unwrap().contains("/metrics"), "{open}");
    assert_eq!(result["coverage"]["endpoint_checks"]["debug_paths"], "done");

    let off = [("HUB_CHECK_DEBUG_PATHS", "false")];
    let (_, result, said) = mcp_hub(&["scan", &url, "--format", "json"], &off).unwrap();
    assert_eq!(result["coverage"]["endpoint_checks"]["debug_paths"], "switched off", "{said}");
    assert!(!names(&result["vulnerabilities"], "rule_id").contains("open-debug-path"));
    hub.finish().await.unwrap();
}

#[test]
fn a_local_server_is_started_only_with_a_warning_and_without_this_environment() {
    let script = EVERYTHING.install().unwrap();
    let command = format!("node {} stdio", script.display());
    let (_, result, said) = mcp_hub(&["scan", "--stdio", &command, "--format", "json", "--quiet"], &[]).unwrap();
    assert!(said.contains("starting `node") && said.contains("with your rights"), "{said}");
    assert!(names(&result["tools_scanned"], "name").contains("echo"), "{said}");

    // What a started server sees of the environment is what its answer can hold.
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("server.mjs");
    std::fs::write(
        &file,
        r#"import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  const answer = (result) => console.log(JSON.stringify({ jsonrpc: "2.0", id: call.id, result }));
  const env = Object.keys(process.env).sort().join(" ");
  if (call.method === "initialize")
    answer({ protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "env", version: "1" } });
  else if (call.method === "tools/list") answer({ tools: [{ name: "env", description: env, inputSchema: { type: "object" } }] });
  else if (call.id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id: call.id, error: { code: -32601, message: "no" } }));
}
"#,
    )
    .unwrap();
    let command = format!("node {}", file.display());
    let env = [("NOT_FOR_SERVERS", "1"), ("FOR_THE_SERVER", "1")];
    let (_, result, said) = mcp_hub(&["scan", "--stdio", &command, "--env", "FOR_THE_SERVER", "--format", "json"], &env).unwrap();
    let seen = result["tools_scanned"][0]["description"].as_str().unwrap_or_default().to_owned();
    assert!(
        seen.contains("FOR_THE_SERVER") && !seen.contains("NOT_FOR_SERVERS"),
        "{seen} {said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_list_is_held_against_what_its_published_source_declares() {
    let registry = hub_testing::registries::NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", crate::PING_SERVER);
    let live = start(one_tool()).await;
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let (acme, rival) = (hub.org("acme").unwrap(), hub.org("rival").unwrap());
    let source = acme
        .scan(&json!({ "source_url": "ping-server", "is_private": true }))
        .await
        .unwrap();
    acme.completed(&source).await.unwrap();
    let body = json!({ "endpoint_url": live, "published_scan": source.0, "is_private": true });
    let scan = acme.scan_hosted(&body).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();
    let found = result["vulnerabilities"].as_array().unwrap();
    let shadow = found.iter().find(|v| v["rule_id"] == "shadow-tool").unwrap();
    assert_eq!(
        (&shadow["tool_name"], &shadow["detection_classes"]),
        (&json!("secret_tool"), &json!(["L10"]))
    );
    let diff = acme.get_json(&format!("/scan/{}/diff/{}", source.0, scan.0)).await.unwrap();
    assert!(diff.to_string().contains("secret_tool"), "{diff}");

    let refused = rival.post("/scan/hosted", &body).await.unwrap();
    assert_eq!(refused.status(), 422);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "/published_scan", "{problem}");
    hub.finish().await.unwrap();
}
