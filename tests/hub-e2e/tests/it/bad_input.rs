use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub_e2e::TestHub;
use hub_testing::archives::tar_gz;
use hub_testing::git_server::GitServer;
use hub_testing::registries::NpmRegistry;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_target_ends_failed_with_words_to_act_on_and_the_next_scan_still_works() {
    let (registry, git) = (NpmRegistry::start().await, GitServer::start().await);
    registry.publish("good", "1.0.0", crate::PING_SERVER);
    registry.publish_tarball(
        "escaping",
        "1.0.0",
        tar_gz(&[
            ("package/package.json", b"{}"),
            ("package/../../../etc/evil.js", b"server.tool('x')"),
            ("../evil.js", b"1"),
        ]),
    );
    // 300 MB of nothing in a few hundred KB.
    registry.publish_tarball("bomb", "1.0.0", tar_gz(&[("package/index.js", &vec![b' '; 300 << 20])]));
    let huge = liar().await;
    registry.edit("huge", |d| {
        d["dist-tags"]["latest"] = json!("1.0.0");
        d["versions"]["1.0.0"] = json!({ "name": "huge", "version": "1.0.0", "dist": { "tarball": format!("{huge}/huge.tgz") } });
    });
    registry.publish(
        "no-server",
        "1.0.0",
        &[("package.json", "{}"), ("index.js", "export const add = (a, b) => a + b;")],
    );
    let repo = git.repo("acme/ping");
    repo.commit("main", crate::PING_SERVER);
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    for (body, words) in [
        (json!({ "source_url": "no-such-package" }), "no-such-package"),
        (json!({ "source_url": "good@9.9.9" }), "9.9.9"),
        (json!({ "source_url": format!("{}/acme/nothing", git.base()) }), "nothing"),
        (
            json!({ "source_url": repo.url(), "version_or_commit": "no-such-branch" }),
            "no-such-branch",
        ),
        (json!({ "source_url": repo.url(), "base_path": "not/there" }), "not/there"),
        (json!({ "source_url": "bomb" }), ""),
        (json!({ "source_url": "huge" }), ""),
        (json!({ "source_url": "escaping" }), "no MCP server"),
        (json!({ "source_url": "no-server" }), "no MCP server"),
    ] {
        let scan = acme.scan(&body).await.unwrap();
        let why = acme.failed(&scan).await.unwrap();
        assert!(!why.is_empty() && why.contains(words), "{body}: {why}");
    }
    let scan = acme.scan(&json!({ "source_url": "good" })).await.unwrap();
    acme.completed(&scan).await.unwrap();
    hub.finish().await.unwrap();
}

/// Says 5 GB and sends a little.
async fn liar() -> String {
    serve(|| async {
        Response::builder()
            .header(header::CONTENT_LENGTH, 5_u64 << 30)
            .body(Body::from_stream(futures_stream()))
            .unwrap()
    })
    .await
}

fn futures_stream() -> impl futures::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    futures::stream::iter([Ok(vec![0; 1024])])
}

async fn serve<F, R>(answer: impl Fn() -> F + Clone + Send + Sync + 'static) -> String
where
    F: Future<Output = R> + Send + 'static,
    R: IntoResponse + 'static,
{
    let app = Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_endpoint_ends_failed_with_words_to_act_on() {
    let html = serve(|| async { ([(header::CONTENT_TYPE, "text/html")], "<html><body>Welcome</body></html>") }).await;
    let missing = serve(|| async { StatusCode::NOT_FOUND }).await;
    let hanging = serve(|| async { std::future::pending::<StatusCode>().await }).await;
    let endless = serve(|| async {
        let ticks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(": tick\n\n".repeat(1000)));
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(ticks)).into_response()
    })
    .await;
    // A port that nobody listens on any more.
    let refusing = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let hub = TestHub::start_with(&[
        ("HUB_CONNECT_CALL_SECS", "1"),
        ("HUB_CONNECT_DISCOVER_SECS", "1"),
        ("HUB_CONNECT_TOTAL_SECS", "6"),
    ])
    .await
    .unwrap();
    let acme = hub.org("acme").unwrap();
    let mut scans = Vec::new();
    for url in [&html, &missing, &hanging, &endless, &refusing] {
        scans.push((
            url,
            acme.scan_hosted(&json!({ "endpoint_url": format!("{url}/mcp") })).await.unwrap(),
        ));
    }
    for (url, scan) in scans {
        let why = acme.failed(&scan).await.unwrap();
        assert!(!why.is_empty(), "{url}");
        assert!(!why.contains("<html>"), "{why}");
    }
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_is_answered_with_a_problem_that_says_what_to_do() {
    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    for (path, body, pointer) in [
        ("/scan", json!({}), "/source_url"),
        ("/scan", json!({ "source_url": "https://evil.example/owner/repo" }), "/source_url"),
        ("/scan", json!({ "source_url": "file:///etc/passwd" }), "/source_url"),
        ("/scan", json!({ "source_url": "pkg", "base_path": "../x" }), "/base_path"),
        ("/scan", json!({ "source_url": 7 }), "/source_url"),
        ("/scan/hosted", json!({ "endpoint_url": "not a url" }), "/endpoint_url"),
        (
            "/scan/hosted",
            json!({ "endpoint_url": "https://x.example/mcp", "auth_config": { "auth_type": "magic" } }),
            "/auth_config",
        ),
        (
            "/scan/hosted",
            json!({ "endpoint_url": "https://x.example/mcp", "auth_config": { "auth_type": "bearer" } }),
            "/auth_config",
        ),
    ] {
        let answer = acme.post(path, &body).await.unwrap();
        assert_eq!(answer.status(), 422, "{body}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        let pointers = crate::names(&problem["errors"], "pointer");
        assert!(pointers.iter().any(|p| p.starts_with(pointer)), "{body}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{problem}");
    }
    let stranger = acme.with_key("mh_unknown_key");
    assert_eq!(stranger.get("/scans").await.unwrap().status(), 401);
    assert_eq!(acme.get_json("/scans").await.unwrap()["total"], 0);
    hub.finish().await.unwrap();
}
