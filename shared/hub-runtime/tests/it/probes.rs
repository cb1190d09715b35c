//! A service as a process: its private port, its signals, its exit, its last spans.

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

struct Running {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    private: String,
}

async fn start(env: &[(&str, &str)]) -> Running {
    hub_runtime::install_crypto();
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let mut child = Command::new(path.join("examples/service"))
        .env_clear()
        .envs(env.iter().copied())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = tokio::time::timeout(PATIENCE, log.next_line()).await.unwrap().unwrap().unwrap();
    let line: Value = serde_json::from_str(&first).unwrap_or_else(|e| panic!("not a terminal, so JSON: {e}: {first}"));
    let private = line["private.addr"].as_str().unwrap().to_owned();
    Running { child, log, private }
}

impl Running {
    async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.private)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
    async fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        self.wait().await
    }
    async fn wait(&mut self) -> Option<i32> {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap().code()
    }
    async fn rest_of_log(&mut self) -> String {
        let mut out = String::new();
        while let Ok(Some(line)) = self.log.next_line().await {
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

#[tokio::test]
async fn a_service_answers_its_probes_and_ends_cleanly_on_sigterm() {
    let mut service = start(&[("EXAMPLE_READY", "1")]).await;
    assert_eq!(service.get("/healthz").await.0, 200);
    let (status, body) = service.get("/readyz").await;
    assert_eq!((status, body.contains("\"ready\":true")), (200, true), "{body}");
    assert_eq!(service.get("/metrics").await.0, 200);
    assert_eq!(service.stop().await, Some(0));
    assert!(service.rest_of_log().await.contains("stopped"));
}

#[tokio::test]
async fn a_service_that_lacks_something_is_alive_and_not_ready() {
    let mut service = start(&[]).await;
    assert_eq!(service.get("/healthz").await.0, 200);
    let (status, body) = service.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(body.contains("EXAMPLE_READY is not set"), "{body}");
    assert_eq!(service.stop().await, Some(0));
}

#[tokio::test]
async fn a_service_that_fails_says_why_and_exits_with_an_error() {
    let mut service = start(&[("EXAMPLE_FAIL", "1")]).await;
    assert_eq!(service.wait().await, Some(1));
    assert!(service.rest_of_log().await.contains("asked to fail"));
}

#[tokio::test]
async fn work_that_does_not_end_is_left_after_the_drain_time() {
    let mut service = start(&[("EXAMPLE_STUBBORN", "1"), ("HUB_DRAIN_SECS", "0.05")]).await;
    assert_eq!(service.stop().await, Some(0));
    assert!(service.rest_of_log().await.contains("HUB_DRAIN_SECS"));
}

#[tokio::test]
async fn the_last_spans_reach_the_collector_before_the_process_ends() {
    let (send, mut spans) = mpsc::unbounded_channel();
    let collect = move |body: Bytes| {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        for resource in request.resource_spans {
            let service = resource
                .resource
                .iter()
                .flat_map(|r| &r.attributes)
                .find(|a| a.key == "service.name")
                .cloned();
            for span in resource.scope_spans.into_iter().flat_map(|s| s.spans) {
                let _ = send.send((span.name, format!("{service:?}")));
            }
        }
        async {}
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(collect))).await });
    let mut service = start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    assert_eq!(service.stop().await, Some(0));
    let (name, of) = spans.try_recv().expect("flushed before the end");
    assert_eq!(name, "example.work");
    assert!(of.contains("hub-example"), "{of}");
}
