//! A broker with a prefix of its own per test, removed at the end.

use hub_model::{Digest, ScanId, SourceTarget};
use hub_queue::testing::{remove_topology, settings};
use hub_queue::{Broker, ConsumerOptions, DeliveryFacts, Handler, Outgoing, Publisher, QueueSettings, Verdict};
use hub_runtime::CancellationToken;
use hub_wire::{AnalyzeJob, ArtifactKind, EventKind, FetchJob, ScanEvent, Topic};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Nothing here takes this long; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A topology of its own.
pub(crate) struct Place {
    pub(crate) broker: Broker,
    pub(crate) publisher: Publisher,
    pub(crate) stop: CancellationToken,
}

pub(crate) fn small_delays() -> QueueSettings {
    QueueSettings {
        retry_delays: [20, 40, 60].map(Duration::from_millis).into(),
        delivery_limit: 2,
        ..settings().unwrap()
    }
}

pub(crate) async fn place() -> Place {
    place_with(small_delays()).await
}

pub(crate) async fn place_with(settings: QueueSettings) -> Place {
    // The connection's name is how a test finds it at the management API.
    let name = settings.prefix.clone();
    let broker = Broker::connect(settings, &name).await.unwrap();
    broker.declare().await.unwrap();
    Place {
        publisher: Publisher::new(&broker),
        broker,
        stop: CancellationToken::new(),
    }
}

impl Place {
    /// Stops what consumes and removes the topology; fails when a message was left behind.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        let left = remove_topology(&self.broker).await.unwrap();
        self.broker.close().await;
        assert_eq!(left, [], "messages were left behind");
    }

    /// Waits until so many messages are ready: what a channel gives back returns a little later than the channel ends.
    pub(crate) async fn until_ready(&self, topic: Topic, ready: u32) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while self.broker.depth(topic).await.unwrap().ready != ready {
            assert!(
                tokio::time::Instant::now() < until,
                "{} never held {ready} messages",
                topic.as_str()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn options(&self) -> ConsumerOptions {
        ConsumerOptions {
            prefetch: 4,
            handler_timeout: PATIENCE,
            drain: Duration::from_secs(5),
        }
    }

    /// Runs a worker until the test ends.
    pub(crate) fn work<H: Handler<FetchJob>>(&self, handler: H) -> tokio::task::JoinHandle<()> {
        let (broker, publisher, options, stop) = (self.broker.clone(), self.publisher.clone(), self.options(), self.stop.child_token());
        tokio::spawn(async move { hub_queue::consume(&broker, &publisher, handler, options, stop).await })
    }

    /// Everything that arrives at `scan.events`, as it arrives.
    pub(crate) fn events(&self) -> mpsc::UnboundedReceiver<ScanEvent> {
        let (send, receive) = mpsc::unbounded_channel();
        let (broker, publisher, stop) = (self.broker.clone(), self.publisher.clone(), self.stop.child_token());
        tokio::spawn(async move {
            let options = hub_queue::BatchOptions {
                max: 50,
                linger: Duration::from_millis(5),
            };
            let handler = |batch: Vec<hub_queue::Received<ScanEvent>>| {
                let send = send.clone();
                async move {
                    for received in batch {
                        let _ = send.send(received.message);
                    }
                    hub_queue::BatchVerdict::Done
                }
            };
            hub_queue::consume_batches(&broker, &publisher, options, handler, stop).await;
        });
        receive
    }

    /// Dead letters, as they arrive.
    pub(crate) fn dead(&self) -> mpsc::UnboundedReceiver<hub_queue::DeadLetter> {
        let (send, receive) = mpsc::unbounded_channel();
        let (broker, stop) = (self.broker.clone(), self.stop.child_token());
        tokio::spawn(async move {
            let handler = |letter| {
                let sent = send.send(letter);
                async move { sent.map_err(|_| "the test is over".to_owned()) }
            };
            hub_queue::consume_dead(&broker, handler, stop).await;
        });
        receive
    }
}

/// A handler made of a function.
pub(crate) struct Does<F>(pub(crate) F);

impl<F, Fut> Handler<FetchJob> for Does<F>
where
    F: Fn(FetchJob, DeliveryFacts) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Verdict> + Send,
{
    fn handle(&self, job: FetchJob, facts: DeliveryFacts) -> impl Future<Output = Verdict> + Send {
        (self.0)(job, facts)
    }
}

pub(crate) async fn next<T>(from: &mut mpsc::UnboundedReceiver<T>) -> T {
    tokio::time::timeout(PATIENCE, from.recv())
        .await
        .expect("nothing came in time")
        .expect("the sender is gone")
}

pub(crate) fn job() -> FetchJob {
    let target = SourceTarget::parse("left-pad", None, None, &hub_model::CodeHosts::default()).unwrap();
    FetchJob {
        scan_id: ScanId::new(),
        attempt: 1,
        org_id: None,
        target,
        earlier: None,
    }
}

pub(crate) fn analyze_job() -> AnalyzeJob {
    AnalyzeJob {
        scan_id: ScanId::new(),
        attempt: 1,
        kind: ArtifactKind::Snapshot,
        artifact: Digest::of(b"x"),
        source_version: "1".into(),
        durations: [].into(),
        earlier: None,
        published: None,
    }
}

pub(crate) fn failed(job: &FetchJob, code: &str) -> Outgoing {
    let kind = EventKind::Failed {
        code: code.into(),
        message: "no".into(),
        blame: hub_model::Blame::World,
    };
    Outgoing::of(&ScanEvent {
        scan_id: job.scan_id,
        attempt: job.attempt,
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        kind,
    })
    .unwrap()
}

pub(crate) fn code(event: &ScanEvent) -> &str {
    match &event.kind {
        EventKind::Failed { code, .. } => code,
        _ => "",
    }
}

/// Closes every connection of this prefix at the broker, as an operator or a broken network would. The management API
/// learns of connections late, so this asks until it has found `at_least` of them.
pub(crate) async fn cut_connections(prefix: &str, suffix: &str, at_least: usize) {
    hub_runtime::install_crypto();
    let admin = std::env::var("HUB_TEST_AMQP_ADMIN_URL").expect("HUB_TEST_AMQP_ADMIN_URL is not set; run the tests with `make test`");
    let http = Arc::new(reqwest::Client::new());
    let mut cut = std::collections::HashSet::new();
    let started = std::time::Instant::now();
    while cut.len() < at_least {
        assert!(started.elapsed() < PATIENCE, "the management API shows no connection `{prefix}`");
        let all: serde_json::Value = http
            .get(format!("{admin}/api/connections"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        for connection in all.as_array().unwrap() {
            let given = connection["client_properties"]["connection_name"].as_str().unwrap_or_default();
            let name = connection["name"].as_str().unwrap_or_default().to_owned();
            if given.starts_with(prefix) && given.ends_with(suffix) && !cut.contains(&name) {
                let mut url = reqwest::Url::parse(&format!("{admin}/api/connections")).unwrap();
                url.path_segments_mut().unwrap().push(&name);
                if http.delete(url).send().await.unwrap().status().is_success() {
                    cut.insert(name);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
