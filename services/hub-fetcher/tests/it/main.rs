//! The fetcher's verdicts, against a small registry on this machine and without a broker.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Json;
use axum::routing::get;
use hub_artifacts::{ArtifactSettings, ArtifactStore, CodecLimits};
use hub_fetch::{FetchConfig, FetchContext};
use hub_fetcher::Fetcher;
use hub_model::{CodeHosts, Digest, JobStatus, PublishedClaim, ScanId, SourceTarget};
use hub_queue::testing::Recorded;
use hub_queue::{DeliveryFacts, Handler as _, Outgoing, Verdict};
use hub_wire::{AnalyzeJob, ArtifactKind, EventKind, FetchJob, PublishedJob, PublishedOutcome, ScanEvent};
use serde_json::json;
use std::sync::Arc;

struct Bench {
    fetcher: Fetcher,
    told: Arc<Recorded>,
    artifacts: ArtifactStore,
}

fn bench(registry: &str) -> Bench {
    hub_runtime::install_crypto();
    let config = FetchConfig::read(&|variable| match variable {
        "NPM_CONFIG_REGISTRY" => Some(registry.to_owned()),
        "EGRESS_ALLOW" => Some("127.0.0.0/8".to_owned()),
        _ => None,
    });
    let artifacts = ArtifactStore::open(&ArtifactSettings { url: "memory:///".into() }, CodecLimits::default()).unwrap();
    let told = Arc::new(Recorded::default());
    let fetcher = Fetcher::new(FetchContext::new(config.unwrap()).unwrap(), artifacts.clone(), told.clone());
    Bench { fetcher, told, artifacts }
}

/// A registry with one package, `ping@1.0.0`, and nothing else.
async fn registry() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let tarball = format!("{base}/ping/-/ping-1.0.0.tgz");
    let version = json!({ "name": "ping", "version": "1.0.0", "dist": { "tarball": tarball } });
    let package = json!({ "name": "ping", "dist-tags": { "latest": "1.0.0" }, "versions": { "1.0.0": version } });
    let router = Router::new()
        .route("/ping", get(move || async { Json(package) }))
        .route(
            "/ping/-/ping-1.0.0.tgz",
            get(|| async { Bytes::from(tgz("package/index.js", "server.tool('ping')")) }),
        )
        .fallback(|| async { StatusCode::NOT_FOUND });
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

fn tgz(path: &str, text: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

fn job(source: &str) -> FetchJob {
    FetchJob {
        scan_id: ScanId::new(),
        attempt: 2,
        org_id: None,
        target: SourceTarget::parse(source, None, None, &CodeHosts::default()).unwrap(),
        earlier: None,
    }
}

fn events(messages: &[Outgoing]) -> Vec<ScanEvent> {
    messages.iter().filter_map(Outgoing::read).collect()
}

#[tokio::test]
async fn a_package_becomes_an_artifact_an_event_and_an_analyze_job() {
    let bench = bench(&registry().await);
    let job = job("ping");
    let Verdict::Done(next) = bench.fetcher.handle(job.clone(), DeliveryFacts::default()).await else {
        panic!()
    };

    let entered = bench.told.of::<ScanEvent>();
    assert_eq!(entered.len(), 1);
    assert_eq!((entered[0].scan_id, entered[0].attempt), (job.scan_id, 2));
    assert_eq!(
        entered[0].kind,
        EventKind::Entered {
            status: JobStatus::Fetching
        }
    );

    let analyze: AnalyzeJob = next.iter().find_map(Outgoing::read).unwrap();
    assert_eq!(
        (analyze.scan_id, analyze.attempt, analyze.kind),
        (job.scan_id, 2, ArtifactKind::Snapshot)
    );
    assert_eq!(analyze.source_version, "1.0.0");
    assert!(analyze.durations.contains_key("fetching"));
    let resolved = EventKind::Resolved {
        source_version: "1.0.0".into(),
        artifact: analyze.artifact,
    };
    assert_eq!(events(&next).iter().map(|e| &e.kind).collect::<Vec<_>>(), [&resolved]);
    let snapshot = bench.artifacts.get_snapshot(analyze.artifact).await.unwrap();
    assert_eq!(&*snapshot.files[0].text, "server.tool('ping')");
}

#[tokio::test]
async fn the_same_job_twice_makes_the_same_artifact() {
    let bench = bench(&registry().await);
    let job = job("ping");
    let mut digests = vec![];
    for _ in 0..2 {
        let Verdict::Done(next) = bench.fetcher.handle(job.clone(), DeliveryFacts::default()).await else {
            panic!()
        };
        digests.push(next.iter().find_map(Outgoing::read::<AnalyzeJob>).unwrap().artifact);
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test]
async fn a_package_that_does_not_exist_ends_the_scan_with_what_to_do() {
    let bench = bench(&registry().await);
    let verdict = bench.fetcher.handle(job("no-such-thing"), DeliveryFacts::default()).await;
    let Verdict::Failed(event) = verdict else { panic!("{verdict:?}") };
    let EventKind::Failed { code, message, .. } = event.read::<ScanEvent>().unwrap().kind else {
        panic!("{event:?}")
    };
    assert_eq!(code, "no_such_package");
    assert!(message.contains("no-such-thing"), "{message}");
}

#[tokio::test]
async fn a_registry_that_refuses_connections_is_tried_again_and_the_reason_is_ready() {
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", refused.local_addr().unwrap());
    drop(refused);
    let verdict = bench(&base).fetcher.handle(job("ping"), DeliveryFacts::default()).await;
    let Verdict::Retry { why, exhausted } = verdict else {
        panic!("{verdict:?}")
    };
    assert!(!why.is_empty());
    assert!(matches!(exhausted.read::<ScanEvent>().unwrap().kind, EventKind::Failed { .. }));
}

/// A live listing whose server says that it is published as `source`.
fn listing_of(source: &str, version: &str) -> PublishedJob {
    let claim = PublishedClaim {
        said_in: "websiteUrl".into(),
        target: SourceTarget::parse(source, None, None, &CodeHosts::default()).unwrap(),
        version: Some(version.into()),
    };
    let then = AnalyzeJob {
        scan_id: ScanId::new(),
        attempt: 3,
        kind: ArtifactKind::Surface,
        artifact: Digest::of(b"a listing"),
        source_version: version.into(),
        durations: [("connecting".to_owned(), 7)].into(),
        earlier: None,
        published: None,
    };
    PublishedJob { claim, then }
}

#[tokio::test]
async fn a_listing_goes_on_with_the_source_that_its_server_names() {
    let bench = bench(&registry().await);
    for (version, is_own_version) in [("1.0.0", true), ("1.0.1", false), ("9.x.0", false)] {
        let job = listing_of("ping", version);
        let verdict = bench.fetcher.handle(job.clone(), DeliveryFacts::default()).await;
        let Verdict::Done(next) = verdict else { panic!("{verdict:?}") };
        let [analyze] = next
            .iter()
            .map(|m| m.read::<AnalyzeJob>().unwrap())
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        assert_eq!(
            (analyze.scan_id, analyze.attempt, analyze.artifact, analyze.source_version.as_str()),
            (job.then.scan_id, 3, job.then.artifact, version)
        );
        assert_eq!(analyze.durations.keys().collect::<Vec<_>>(), ["connecting", "fetching"]);
        let Some(PublishedOutcome::Obtained { source, snapshot }) = analyze.published else {
            panic!("{version}: it was not obtained")
        };
        assert_eq!((source.version.as_str(), source.is_own_version), ("1.0.0", is_own_version));
        assert_eq!(
            bench.artifacts.get_snapshot(snapshot).await.unwrap().files[0].text.as_ref(),
            "server.tool('ping')"
        );
    }
    assert!(bench.told.all().is_empty(), "the scan is past fetching");
}

#[tokio::test]
async fn a_listing_goes_on_whatever_becomes_of_the_source_that_its_server_names() {
    let lost = DeliveryFacts {
        lost_deliveries: 1,
        ..DeliveryFacts::default()
    };
    let registry = registry().await;
    for (registry, source, facts, why) in [
        (registry.as_str(), "no-such-thing", DeliveryFacts::default(), "no-such-thing"),
        ("http://127.0.0.1:9/", "ping", DeliveryFacts::default(), "could not be obtained"),
        // What ended this program once is not tried again.
        (registry.as_str(), "ping", lost, "ended abnormally"),
    ] {
        let verdict = bench(registry).fetcher.handle(listing_of(source, "1.0.0"), facts).await;
        let Verdict::Done(next) = verdict else { panic!("{verdict:?}") };
        let analyze: AnalyzeJob = next[0].read().unwrap();
        let Some(PublishedOutcome::NotObtained { why: said }) = analyze.published else {
            panic!("{source}: it was obtained")
        };
        assert!(said.contains(why), "{said}");
    }
}
