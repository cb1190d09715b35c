use crate::hub::{Hub, Options};
use hub_wire::FetchJob;
use serde_json::json;

#[tokio::test]
async fn without_redis_everything_still_works() {
    // Nothing listens there.
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let hub = Hub::start_with(Options {
        redis: Some(format!("redis://127.0.0.1:{port}/0")),
        ..Options::default()
    })
    .await;
    let (acme, rival) = (hub.org("acme").await, hub.org("rival").await);
    let id = acme.submit("/scan", json!({"source_url": "pkg", "is_private": true})).await;
    let job: FetchJob = hub.take().await;
    assert_eq!(job.scan_id, id);
    hub.complete(id, 1).await;
    acme.until(id, "completed").await;
    assert_eq!(rival.get(&format!("/scan/{id}/status")).await.status(), 403);
    assert_eq!(acme.json("/scans").await["total"], 1);
    hub.stop().await;
}

#[tokio::test]
async fn scans_accepted_together_are_all_dispatched() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let servers: serde_json::Map<_, _> = (0..90)
        .map(|n| (format!("s{n}"), json!({"command": "npx", "args": [format!("pkg-{n}")]})))
        .collect();
    assert_eq!(
        acme.post("/scan/hosted/config", &json!({"mcp_config": {"mcpServers": servers}}))
            .await
            .status(),
        202
    );
    let jobs: Vec<FetchJob> = hub.take_many(90).await;
    let seen: std::collections::BTreeSet<_> = jobs.iter().map(|j| j.scan_id).collect();
    assert_eq!(seen.len(), 90);
    hub.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_event_streams() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let id = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    let stream = acme.get(&format!("/scan/{id}/events")).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    // Fails if the services do not end.
    hub.stop().await;
    let rest = stream.text().await.unwrap_or_default();
    assert!(rest.is_empty() || rest.contains("event: initializing"), "{rest}");
}
