use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use hub_e2e::TestHub;
use hub_testing::registries::NpmRegistry;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Spans by trace: (service, span name).
type Seen = Arc<Mutex<BTreeMap<Vec<u8>, BTreeSet<(String, String)>>>>;

async fn collect(State(seen): State<Seen>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut seen = seen.lock().unwrap();
    for resource in request.resource_spans {
        let attributes = resource.resource.unwrap().attributes;
        let service = attributes.iter().find(|a| a.key == "service.name").unwrap();
        let service = format!("{:?}", service.value);
        for span in resource.scope_spans.into_iter().flat_map(|s| s.spans) {
            seen.entry(span.trace_id).or_default().insert((service.clone(), span.name));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_post_to_the_stored_report() {
    let seen = Seen::default();
    let app = Router::new().route("/v1/traces", post(collect)).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });

    let registry = NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", crate::PING_SERVER);
    let hub = TestHub::start_with(&[
        ("NPM_CONFIG_REGISTRY", registry.url()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ])
    .await
    .unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan(&json!({ "source_url": "ping-server" })).await.unwrap();
    acme.completed(&scan).await.unwrap();
    // Stopping flushes what every service still holds.
    hub.finish().await.unwrap();

    let seen = seen.lock().unwrap();
    let whole = seen.values().find(|spans| {
        ["gateway", "fetcher", "analyzer", "results"]
            .iter()
            .all(|service| spans.iter().any(|(s, _)| s.contains(service)))
    });
    assert!(whole.is_some(), "no trace has spans of all four services: {seen:#?}");
}
