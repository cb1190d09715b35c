use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hub_e2e::{Scan, TestHub};
use hub_testing::registries::NpmRegistry;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Stands before another server: holds the first request until told to let go (its client will be gone by then), and passes on all others.
struct Gate {
    url: String,
    reached: Arc<Notify>,
}

impl Gate {
    async fn before(target: String, path: &'static str) -> Self {
        let (reached, held) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let said = reached.clone();
        let app = Router::new().fallback(move |request: Request| {
            let (said, held, client, target) = (said.clone(), held.clone(), client.clone(), target.clone());
            async move {
                if request.uri().path().contains(path) && !held.swap(true, Ordering::SeqCst) {
                    said.notify_one();
                    return std::future::pending::<Response>().await;
                }
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
                let mut headers = parts.headers;
                headers.remove("host");
                let url = format!("{target}{}", parts.uri);
                let answer = client.request(parts.method, url).headers(headers).body(body).send().await.unwrap();
                let (status, mut headers) = (answer.status(), answer.headers().clone());
                headers.remove("transfer-encoding");
                headers.remove("content-length");
                (status, headers, answer.bytes().await.unwrap()).into_response()
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, reached }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetcher_killed_in_the_middle_of_a_download_costs_a_repeat_and_no_scan() {
    let registry = NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", crate::PING_SERVER);
    let gate = Gate::before(registry.url().trim_end_matches('/').to_owned(), ".tgz").await;
    let mut hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", &gate.url)]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan(&json!({ "source_url": "ping-server" })).await.unwrap();
    gate.reached.notified().await;
    hub.kill_and_restart("hub-fetcher").await.unwrap();
    acme.completed(&scan).await.unwrap();
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_killed_while_it_talks_costs_a_repeat_and_no_scan() {
    use hub_testing::npm_server::{EVERYTHING, NpmServer};
    let live = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.unwrap();
    let gate = Gate::before(live.url(""), "/mcp").await;
    let mut hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme
        .scan_hosted(&json!({ "endpoint_url": format!("{}/mcp", gate.url), "transport": "http" }))
        .await
        .unwrap();
    gate.reached.notified().await;
    hub.kill_and_restart("hub-connector").await.unwrap();
    acme.completed(&scan).await.unwrap();
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_service_is_killed_while_scans_run_all_of_them_complete() {
    let registry = NpmRegistry::start().await;
    for n in 0..12 {
        let index = crate::PING_SERVER[1].1.replace("\"ping\"", &format!("\"ping_{n}\""));
        registry.publish(&format!("server-{n}"), "1.0.0", &[crate::PING_SERVER[0], ("index.js", &index)]);
    }
    let mut hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    let mut scans: Vec<Scan> = Vec::new();
    for (n, service) in ["hub-analyzer", "hub-fetcher", "hub-results", "hub-gateway"]
        .into_iter()
        .enumerate()
    {
        for m in 0..3 {
            scans.push(acme.scan(&json!({ "source_url": format!("server-{}", n * 3 + m) })).await.unwrap());
        }
        hub.kill_and_restart(service).await.unwrap();
    }
    for scan in &scans {
        acme.completed(scan).await.unwrap();
    }
    assert_eq!(acme.get_json("/scans?job_status=completed").await.unwrap()["total"], scans.len());
    hub.finish().await.unwrap();
}
