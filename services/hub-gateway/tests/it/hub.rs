//! Gateway and results in this process, on the real servers; a test plays the workers.

use chrono::Utc;
use futures::StreamExt;
use hub_artifacts::{ArtifactSettings, ArtifactStore, CodecLimits};
use hub_cache::CacheSettings;
use hub_model::{Blame, CodeHosts, Coverage, Digest, Grade, Hidden, Inventory, JobStatus, Report, Role, ScanId, Severity};
use hub_queue::{Broker, Publisher, QueueSettings};
use hub_runtime::{CancellationToken, Service};
use hub_secrets::{ExposeSecret, OpeningKey, SealingSettings};
use hub_store::testing::{TestDatabase, TestOrg};
use hub_wire::{EventKind, ScanEvent, ToolOutcome};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Longest that anything may take before a test says that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Hub {
    pub(crate) base: String,
    pub(crate) results: String,
    pub(crate) db: TestDatabase,
    pub(crate) opening_key: OpeningKey,
    http: reqwest::Client,
    artifacts: ArtifactStore,
    broker: Broker,
    publisher: Publisher,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<anyhow::Result<()>>>,
    _folder: TempDir,
}

pub(crate) struct Client<'a> {
    hub: &'a Hub,
    pub(crate) org: TestOrg,
}

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) per_minute: Option<u32>,
    pub(crate) redis: Option<String>,
    pub(crate) stuck_secs: Option<f64>,
    pub(crate) no_sealing_key: bool,
    /// Streams that an org may have open.
    pub(crate) streams: Option<usize>,
    /// Nothing is dispatched, and so many scans of an org may wait.
    pub(crate) waiting: Option<u32>,
}

impl Hub {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        hub_runtime::install_crypto();
        let db = TestDatabase::create().await;
        let queue = QueueSettings {
            publish_wait: Duration::from_secs(30),
            ..hub_queue::testing::settings().unwrap()
        };
        let redis = std::env::var("HUB_TEST_REDIS_URL").expect("HUB_TEST_REDIS_URL is not set: run `make test`, which starts the servers");
        let cache = CacheSettings {
            url: Hidden(options.redis.unwrap_or(redis)),
            prefix: queue.prefix.clone(),
            timeout: Duration::from_secs(5),
            ..CacheSettings::default()
        };
        let folder = TempDir::new().unwrap();
        let artifact_settings = ArtifactSettings {
            url: format!("file://{}", folder.path().display()),
        };
        let artifacts = ArtifactStore::open(&artifact_settings, CodecLimits::default()).unwrap();
        let broker = Broker::connect(queue.clone(), "test").await.unwrap();
        broker.declare().await.unwrap();
        let (gateway_at, results_at) = (
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
        );
        let base = format!("http://{}/mcp-hub", gateway_at.local_addr().unwrap());
        let results_url = format!("http://{}", results_at.local_addr().unwrap());
        let opening_key = OpeningKey::generate();

        let mut results = hub_results::Config {
            store: db.settings.clone(),
            cache: cache.clone(),
            queue: queue.clone(),
            artifacts: artifact_settings,
            ..hub_results::Config::default()
        };
        if let Some(secs) = options.stuck_secs {
            results.sweep.every = Duration::from_millis(100);
            results.sweep.stuck_after = Duration::from_secs_f64(secs);
        }
        let mut gateway = hub_gateway::Config {
            store: db.settings.clone(),
            cache,
            queue: queue.clone(),
            code_hosts: CodeHosts::default(),
            sealing: SealingSettings {
                public_key: (!options.no_sealing_key).then(|| opening_key.sealing_key()),
            },
            ..hub_gateway::Config::default()
        };
        gateway.gateway.results_url = results_url.clone();
        gateway.gateway.rate_limit_per_minute = options.per_minute.unwrap_or(100_000);
        gateway.gateway.usage_flush = Duration::from_millis(50);
        if let Some(most) = options.streams {
            results.results.max_streams_per_org = most;
        }
        if let Some(most) = options.waiting {
            gateway.gateway.max_waiting_per_org = most;
            gateway.dispatch.max_in_flight_per_org = 0;
        }
        let shutdown = CancellationToken::new();
        let tasks = vec![
            tokio::spawn(hub_results::serve(
                results,
                results_at,
                Service::embedded("hub-results", shutdown.clone()),
            )),
            tokio::spawn(hub_gateway::serve(
                gateway,
                gateway_at,
                Service::embedded("hub-gateway", shutdown.clone()),
            )),
        ];
        let publisher = Publisher::new(&broker);
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self {
            base,
            results: format!("{results_url}/mcp-hub"),
            db,
            opening_key,
            http,
            artifacts,
            broker,
            publisher,
            shutdown,
            tasks,
            _folder: folder,
        }
    }

    pub(crate) async fn org(&self, name: &str) -> Client<'_> {
        self.org_as(name, Role::Owner).await
    }

    pub(crate) async fn org_as(&self, name: &str, role: Role) -> Client<'_> {
        Client {
            hub: self,
            org: self.db.org(name, role).await,
        }
    }

    /// A request without a key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        self.http.request(method, url)
    }

    /// What a worker says.
    pub(crate) async fn say(&self, scan: ScanId, attempt: u32, kind: EventKind) {
        self.publisher
            .publish(&ScanEvent {
                scan_id: scan,
                attempt,
                at: Utc::now(),
                kind,
            })
            .await
            .unwrap();
    }

    /// A worker completes the scan with a report of one tool.
    pub(crate) async fn complete(&self, scan: ScanId, attempt: u32) {
        self.complete_with(scan, attempt, Self::report()).await;
    }

    /// The report of one tool.
    pub(crate) fn report() -> Report {
        Report {
            schema_version: 1,
            scan_version: "0.1.0+rules.00000000".into(),
            source_version: "1.2.3".into(),
            artifact_digest: Digest::of(b"artifact"),
            origin: None,
            package: None,
            inventory: Inventory::default(),
            findings: Vec::new(),
            suppressed: Vec::new(),
            overall_severity: Severity::High,
            score: 60,
            grade: Grade::C,
            coverage: Coverage::default(),
            warnings: vec!["a warning".into()],
            transport: None,
            durations: [("fetch".to_owned(), 5)].into(),
        }
    }

    /// A worker completes the scan with this report.
    pub(crate) async fn complete_with(&self, scan: ScanId, attempt: u32, report: Report) {
        let digest = self.artifacts.put_report(report).await.unwrap();
        let kind = EventKind::Completed {
            report: digest,
            scan_version: "0.1.0+rules.00000000".into(),
            source_version: "1.2.3".into(),
            overall_severity: Severity::High,
            score: 60,
            grade: Grade::C,
            tools: vec![ToolOutcome {
                tool_name: "ping".into(),
                severity: Severity::High,
            }],
            severity_counts: [(Severity::High, 1)].into(),
            category_counts: [("injection".to_owned(), 1)].into(),
        };
        self.say(scan, attempt, kind).await;
    }

    pub(crate) async fn fail(&self, scan: ScanId, message: &str) {
        self.say(
            scan,
            1,
            EventKind::Failed {
                code: "no_such_package".into(),
                message: message.into(),
                blame: Blame::User,
            },
        )
        .await;
    }

    /// The next message of a queue, taken from it.
    pub(crate) async fn take<M: hub_wire::Message + Clone>(&self) -> M {
        self.take_many(1).await.remove(0)
    }

    /// The next messages of a queue, taken from it.
    pub(crate) async fn take_many<M: hub_wire::Message + Clone>(&self, wanted: usize) -> Vec<M> {
        let taken = std::sync::Mutex::new(Vec::new());
        let stop = CancellationToken::new();
        let options = hub_queue::BatchOptions {
            max: 1,
            linger: Duration::ZERO,
        };
        let handler = |batch: Vec<hub_queue::Received<M>>| {
            let mut taken = taken.lock().unwrap();
            let verdict = if taken.len() < wanted {
                taken.extend(batch.into_iter().map(|r| r.message));
                hub_queue::BatchVerdict::Done
            } else {
                // Already on its way here: stays unacknowledged and comes again.
                hub_queue::BatchVerdict::Again { why: "enough".into() }
            };
            if taken.len() == wanted {
                stop.cancel();
            }
            std::future::ready(verdict)
        };
        let consuming = hub_queue::consume_batches::<M, _, _>(&self.broker, &self.publisher, options, handler, stop.clone());
        tokio::time::timeout(PATIENCE, consuming).await.expect("the messages arrive");
        taken.into_inner().unwrap()
    }

    /// Buries a message as a queue would after too many deaths of workers.
    pub(crate) async fn bury(&self, scan: ScanId) {
        // An event that is no event any more cannot be read by anyone.
        let mut outgoing = hub_queue::Outgoing::of(&ScanEvent {
            scan_id: scan,
            attempt: 1,
            at: Utc::now(),
            kind: EventKind::Entered {
                status: JobStatus::Fetching,
            },
        })
        .unwrap();
        outgoing.body = b"{}".to_vec();
        self.publisher.publish_outgoing(&outgoing).await.unwrap();
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        for task in self.tasks {
            tokio::time::timeout(PATIENCE, task).await.expect("stops in time").unwrap().unwrap();
        }
        hub_queue::testing::remove_topology(&self.broker).await.unwrap();
        self.broker.close().await;
        self.db.drop_database().await;
    }
}

impl Client<'_> {
    pub(crate) fn key(&self) -> String {
        self.org.key.reveal().expose_secret().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.hub
            .request(Method::GET, path)
            .header("apikey", self.key())
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.post_with(path, body, &[]).await
    }

    pub(crate) async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Response {
        let mut request = self.hub.request(Method::POST, path).header("apikey", self.key()).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// A submission that is accepted.
    pub(crate) async fn submit(&self, path: &str, body: Value) -> ScanId {
        let answer = self.post(path, &body).await;
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
        id_of(&answer.json().await.unwrap())
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// Waits for a status, by following the event stream as a client would.
    pub(crate) async fn until(&self, scan: ScanId, status: &str) -> Value {
        let answer = self.get(&format!("/scan/{scan}/events")).await;
        assert_eq!(answer.status(), 200);
        let mut stream = answer.bytes_stream();
        let (mut text, wanted) = (String::new(), format!("event: {status}\n"));
        while let Some(chunk) = tokio::time::timeout(PATIENCE, stream.next()).await.expect("an event in time") {
            text.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
            if let Some((_, rest)) = text.split_once(&wanted)
                && let Some((event, _)) = rest.split_once("\n\n")
            {
                return serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
            }
        }
        panic!("the stream ended without `{status}`: {text}");
    }
}

pub(crate) fn id_of(answer: &Value) -> ScanId {
    answer["job_id"].as_str().expect("job_id").parse().unwrap()
}

/// A problem document without what differs each time.
pub(crate) async fn problem(answer: Response) -> Value {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let status = answer.status().as_u16();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let mut document: Value = answer.json().await.unwrap();
    assert_eq!(document["request_id"], id.as_str());
    assert_eq!(document["status"], status);
    document["request_id"] = "[id]".into();
    document
}
