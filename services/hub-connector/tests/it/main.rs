//! The connector's verdicts, against a small MCP server on this machine and without a broker.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use hub_artifacts::{ArtifactSettings, ArtifactStore, CodecLimits};
use hub_connect::{ConnectContext, ConnectLimits, EndpointChecks};
use hub_connector::Connector;
use hub_model::{CodeHosts, HostedTarget, JobStatus, ScanId, TransportChoice};
use hub_net::{EgressPolicy, NetLimits};
use hub_queue::testing::Recorded;
use hub_queue::{DeliveryFacts, Handler as _, Outgoing, Verdict};
use hub_secrets::{Credentials, OpeningKey, seal};
use hub_wire::{AnalyzeJob, ArtifactKind, ConnectJob, EventKind, PublishedJob, ScanEvent};
use serde_json::{Value, json};
use std::sync::Arc;

struct Bench {
    connector: Connector,
    told: Arc<Recorded>,
    artifacts: ArtifactStore,
}

fn bench(key: Option<OpeningKey>) -> Bench {
    bench_with(key, EndpointChecks::default())
}

fn bench_with(key: Option<OpeningKey>, checks: EndpointChecks) -> Bench {
    hub_runtime::install_crypto();
    let connect = ConnectContext {
        egress: EgressPolicy::read(&|v| (v == "EGRESS_ALLOW").then(|| "127.0.0.0/8".to_owned())).unwrap(),
        net: NetLimits::default(),
        limits: ConnectLimits::default(),
        checks,
    };
    let artifacts = ArtifactStore::open(&ArtifactSettings { url: "memory:///".into() }, CodecLimits::default()).unwrap();
    let told = Arc::new(Recorded::default());
    Bench {
        connector: Connector::new(connect, CodeHosts::default(), key, artifacts.clone(), told.clone()),
        told,
        artifacts,
    }
}

/// A server with one tool; with a token, it answers only to whoever has it.
async fn server(token: Option<&'static str>) -> String {
    server_named("small", token).await
}

async fn server_named(name: &'static str, token: Option<&'static str>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let router = Router::new().route("/mcp", post(answer)).with_state((name, token));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn answer(
    State((name, token)): State<(&'static str, Option<&'static str>)>,
    headers: HeaderMap,
    Json(call): Json<Value>,
) -> Response {
    let given = headers.get("authorization").and_then(|v| v.to_str().ok());
    if token.is_some_and(|token| given != Some(&format!("Bearer {token}"))) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Some(id) = call.get("id") else {
        return StatusCode::ACCEPTED.into_response();
    };
    let result = match call["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": "2025-06-18", "capabilities": { "tools": {} }, "serverInfo": { "name": name, "version": "1.2.3" },
        }),
        "tools/list" => json!({ "tools": [{ "name": "ping", "description": "Pings", "inputSchema": { "type": "object" } }] }),
        _ => {
            let error = json!({ "code": -32601, "message": "method not found" });
            return Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })).into_response();
        }
    };
    Json(json!({ "jsonrpc": "2.0", "id": id, "result": result })).into_response()
}

fn job(url: &str, sealed_credentials: Option<String>) -> ConnectJob {
    let target = HostedTarget {
        endpoint_url: url.parse().unwrap(),
        server_name: None,
        expected_tools: Some(vec!["ping".into()]),
        transport: TransportChoice::Http,
    };
    ConnectJob {
        scan_id: ScanId::new(),
        attempt: 1,
        target,
        sealed_credentials,
        earlier: None,
    }
}

#[tokio::test]
async fn a_live_server_becomes_an_artifact_an_event_and_an_analyze_job() {
    let bench = bench(None);
    let job = job(&server(None).await, None);
    let verdict = bench.connector.handle(job.clone(), DeliveryFacts::default()).await;
    let Verdict::Done(next) = verdict else { panic!("{verdict:?}") };
    assert_eq!(
        bench.told.of::<ScanEvent>()[0].kind,
        EventKind::Entered {
            status: JobStatus::Connecting
        }
    );
    let analyze: AnalyzeJob = next.iter().find_map(Outgoing::read).unwrap();
    assert_eq!(
        (analyze.scan_id, analyze.kind, analyze.source_version.as_str()),
        (job.scan_id, ArtifactKind::Surface, "1.2.3")
    );
    let surface = bench.artifacts.get_surface(analyze.artifact).await.unwrap();
    assert_eq!(surface.tools[0]["name"], "ping");
    assert_eq!(surface.expected_tools, Some(vec!["ping".to_owned()]));
}

#[tokio::test]
async fn sealed_credentials_are_opened_used_and_stored_nowhere() {
    let key = OpeningKey::generate();
    let url = server(Some("t0k3n-of-the-target")).await;
    let mut job = job(&url, None);
    let credentials = Credentials::Bearer {
        bearer_token: "t0k3n-of-the-target".into(),
    };
    job.sealed_credentials = Some(seal(&key.sealing_key(), job.scan_id, &credentials).unwrap());
    let bench = bench(Some(key));
    let verdict = bench.connector.handle(job, DeliveryFacts::default()).await;
    let Verdict::Done(next) = verdict else { panic!("{verdict:?}") };
    let analyze: AnalyzeJob = next.iter().find_map(Outgoing::read).unwrap();
    let stored = serde_json::to_string(&bench.artifacts.get_surface(analyze.artifact).await.unwrap()).unwrap();
    for text in [stored, format!("{next:?}"), format!("{:?}", bench.told.all())] {
        assert!(!text.contains("t0k3n"), "{text}");
    }
}

#[tokio::test]
async fn credentials_that_do_not_open_are_our_fault_and_buried() {
    let url = server(None).await;
    let mut job = job(&url, None);
    let sealed = seal(&OpeningKey::generate().sealing_key(), job.scan_id, &Credentials::None).unwrap();
    job.sealed_credentials = Some(sealed);
    for key in [None, Some(OpeningKey::generate())] {
        let verdict = bench(key).connector.handle(job.clone(), DeliveryFacts::default()).await;
        assert!(matches!(verdict, Verdict::Bury { .. }), "{verdict:?}");
    }
}

#[tokio::test]
async fn a_server_that_wants_credentials_ends_the_scan_and_says_so() {
    let verdict = bench(None)
        .connector
        .handle(job(&server(Some("secret")).await, None), DeliveryFacts::default())
        .await;
    let Verdict::Failed(event) = verdict else { panic!("{verdict:?}") };
    assert!(matches!(event.read::<ScanEvent>().unwrap().kind, EventKind::Failed { .. }));
}

#[tokio::test]
async fn an_endpoint_that_refuses_connections_is_tried_again_and_the_reason_is_ready() {
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", refused.local_addr().unwrap());
    drop(refused);
    let verdict = bench(None).connector.handle(job(&url, None), DeliveryFacts::default()).await;
    let Verdict::Retry { exhausted, .. } = verdict else {
        panic!("{verdict:?}")
    };
    assert!(matches!(exhausted.read::<ScanEvent>().unwrap().kind, EventKind::Failed { .. }));
}

#[tokio::test]
async fn a_server_that_names_its_package_goes_by_the_fetcher_unless_that_is_not_wanted() {
    let url = server_named("@acme/small", None).await;
    let mut job = job(&url, None);
    job.target.expected_tools = None;
    let wanted = bench(None);
    let Verdict::Done(next) = wanted.connector.handle(job.clone(), DeliveryFacts::default()).await else {
        panic!()
    };
    let published: PublishedJob = next.iter().find_map(Outgoing::read).unwrap();
    assert_eq!(
        (published.claim.target.name(), published.claim.version.as_deref()),
        ("@acme/small", Some("1.2.3"))
    );
    assert_eq!((published.then.scan_id, published.then.kind), (job.scan_id, ArtifactKind::Surface));
    assert!(wanted.artifacts.get_surface(published.then.artifact).await.is_ok());
    assert!(next.iter().find_map(Outgoing::read::<AnalyzeJob>).is_none(), "it is analysed once");

    let mut with_list = job.clone();
    with_list.target.expected_tools = Some(vec!["ping".into()]);
    let off = EndpointChecks {
        published_source: false,
        ..EndpointChecks::default()
    };
    for (checks, job, outcome) in [
        (off, job, "switched off"),
        (EndpointChecks::default(), with_list, "not applicable: "),
    ] {
        let bench = bench_with(None, checks);
        let Verdict::Done(next) = bench.connector.handle(job, DeliveryFacts::default()).await else {
            panic!()
        };
        let analyze: AnalyzeJob = next.iter().find_map(Outgoing::read).unwrap();
        let surface = bench.artifacts.get_surface(analyze.artifact).await.unwrap();
        let checks = surface.facts.iter().find(|f| f.name == "checks").unwrap();
        let how = checks.details["published_source"].as_str().unwrap();
        assert!(how.starts_with(outcome), "{how}");
    }
}
