//! The handler of connect jobs.

use hub_artifacts::{ArtifactError, ArtifactStore};
use hub_connect::{ConnectContext, ConnectError, connect, take_claim};
use hub_model::{Blame, CodeHosts, ErrorCode, JobStatus, Retry, Surface};
use hub_queue::{DeliveryFacts, Handler, Outbox, Outgoing, PublishError, Reporter, Verdict};
use hub_secrets::{Credentials, OpenError, OpeningKey};
use hub_wire::{AnalyzeJob, ArtifactKind, ConnectJob, EventKind, PublishedJob};
use std::sync::Arc;
use std::time::Instant;

/// Opens the credentials, lists, stores, hands on.
pub struct Connector {
    connect: ConnectContext,
    hosts: CodeHosts,
    key: Option<OpeningKey>,
    artifacts: ArtifactStore,
    outbox: Arc<dyn Outbox>,
}

/// Why a job did not work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the credentials cannot be opened: HUB_SEALING_PRIVATE_KEY is not set")]
    NoKey,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Store(#[from] ArtifactError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Failure {
    /// The stage's or seam's own answers; `None` for the sealed credentials, which are our own affair.
    fn inner(&self) -> Option<&dyn ErrorCode> {
        match self {
            Self::NoKey | Self::Open(_) => None,
            Self::Connect(e) => Some(e),
            Self::Store(e) => Some(e),
            Self::Publish(e) => Some(e),
        }
    }
}

impl ErrorCode for Failure {
    fn code(&self) -> &'static str {
        self.inner().map_or("credentials_sealed", ErrorCode::code)
    }
    fn retry(&self) -> Retry {
        self.inner().map_or(Retry::Never, ErrorCode::retry)
    }
    fn blame(&self) -> Blame {
        self.inner().map_or(Blame::Hub, ErrorCode::blame)
    }
}

impl Connector {
    /// `hosts` are the code hosts on which a server may say that its source lies; `outbox` takes what is said before a job is done.
    #[must_use]
    pub fn new(
        connect: ConnectContext,
        hosts: CodeHosts,
        key: Option<OpeningKey>,
        artifacts: ArtifactStore,
        outbox: Arc<dyn Outbox>,
    ) -> Self {
        Self {
            connect,
            hosts,
            key,
            artifacts,
            outbox,
        }
    }

    async fn connect(&self, job: ConnectJob, scan: Reporter) -> Result<Vec<Outgoing>, Failure> {
        scan.entered(&*self.outbox, JobStatus::Connecting).await;
        let credentials = self.open(&job)?;
        let started = Instant::now();
        let mut surface = connect(&job.target, &credentials, &self.connect).await?;
        drop(credentials);
        let claim = take_claim(&mut surface, &self.connect.checks, &self.hosts);
        let source_version = version_of(&surface);
        tracing::info!(tools = surface.tools.len(), source_version, "listed {}", surface.endpoint);
        let artifact = self.artifacts.put_surface(surface).await?;
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let analyze = AnalyzeJob {
            scan_id: job.scan_id,
            attempt: job.attempt,
            kind: ArtifactKind::Surface,
            artifact,
            source_version: source_version.clone(),
            durations: [(JobStatus::Connecting.to_string(), took)].into(),
            earlier: job.earlier.clone(),
            published: None,
        };
        let next = match claim {
            Some(claim) => Outgoing::of(&PublishedJob { claim, then: analyze })?,
            None => Outgoing::of(&analyze)?,
        };
        Ok(vec![scan.event(EventKind::Resolved { source_version, artifact })?, next])
    }

    fn open(&self, job: &ConnectJob) -> Result<Credentials, Failure> {
        match (&job.sealed_credentials, &self.key) {
            (None, _) => Ok(Credentials::None),
            (Some(_), None) => Err(Failure::NoKey),
            (Some(sealed), Some(key)) => Ok(hub_secrets::open(key, job.scan_id, sealed)?),
        }
    }
}

/// What the server calls its version, or nothing.
fn version_of(surface: &Surface) -> String {
    const MAX_CHARS: usize = 100;
    let version = surface
        .server_info
        .as_ref()
        .and_then(|info| info.get("version"))
        .and_then(|v| v.as_str())
        .unwrap_or_default();
    version.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect()
}

impl Handler<ConnectJob> for Connector {
    async fn handle(&self, job: ConnectJob, _facts: DeliveryFacts) -> Verdict {
        let scan = Reporter::of(&job);
        match self.connect(job, scan).await {
            Ok(next) => Verdict::Done(next),
            Err(e) => scan.verdict(&e),
        }
    }
}
