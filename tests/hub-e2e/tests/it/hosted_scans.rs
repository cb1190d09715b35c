use crate::{names, set};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use hub_e2e::{TestHub, mcp_hub, scan_of};
use hub_testing::git_server::GitServer;
use hub_testing::npm_server::{EVERYTHING, NpmServer};
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

/// A server that lists one tool to whoever knows the secret.
async fn guarded(header: &'static str, secret: &'static str) -> String {
    let app = Router::new().fallback(move |request: Request| async move {
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
    });
    let app = app.layer(middleware::from_fn(move |request: Request, next: Next| async move {
        match request.headers().get(header) {
            Some(value) if value.as_bytes() == secret.as_bytes() => next.run(request).await,
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    }));
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
