//! The handler of fetch jobs.

use hub_artifacts::{ArtifactError, ArtifactStore};
use hub_fetch::{FetchContext, FetchError, acquire, acquire_published};
use hub_model::{Blame, ErrorCode, JobStatus, Retry};
use hub_queue::{DeliveryFacts, Handler, Outbox, Outgoing, PublishError, Reporter, Verdict};
use hub_wire::{AnalyzeJob, ArtifactKind, EventKind, FetchJob, PublishedJob, PublishedOutcome};
use std::sync::Arc;
use std::time::Instant;

/// Obtains, stores, hands on. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    fetch: FetchContext,
    artifacts: ArtifactStore,
    outbox: Arc<dyn Outbox>,
}

/// Why a job did not work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Store(#[from] ArtifactError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Failure {
    fn inner(&self) -> &dyn ErrorCode {
        match self {
            Self::Fetch(e) => e,
            Self::Store(e) => e,
            Self::Publish(e) => e,
        }
    }
}

impl ErrorCode for Failure {
    fn code(&self) -> &'static str {
        self.inner().code()
    }
    fn retry(&self) -> Retry {
        self.inner().retry()
    }
    fn blame(&self) -> Blame {
        self.inner().blame()
    }
}

impl Fetcher {
    /// `outbox` takes what is said before a job is done.
    #[must_use]
    pub fn new(fetch: FetchContext, artifacts: ArtifactStore, outbox: Arc<dyn Outbox>) -> Self {
        Self { fetch, artifacts, outbox }
    }

    async fn fetch(&self, job: FetchJob, scan: Reporter) -> Result<Vec<Outgoing>, Failure> {
        scan.entered(&*self.outbox, JobStatus::Fetching).await;
        let started = Instant::now();
        let snapshot = acquire(&job.target, &self.fetch.for_org(job.org_id)).await?;
        let source_version = snapshot.origin.resolved_version.clone();
        tracing::info!(files = snapshot.files.len(), source_version, "obtained {}", snapshot.origin.name);
        let artifact = self.artifacts.put_snapshot(snapshot).await?;
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let analyze = AnalyzeJob {
            scan_id: job.scan_id,
            attempt: job.attempt,
            kind: ArtifactKind::Snapshot,
            artifact,
            source_version: source_version.clone(),
            durations: [(JobStatus::Fetching.to_string(), took)].into(),
            earlier: job.earlier.clone(),
            published: None,
        };
        Ok(vec![
            scan.event(EventKind::Resolved { source_version, artifact })?,
            Outgoing::of(&analyze)?,
        ])
    }

    /// What comes of obtaining the source that a live server names. The listing is what was asked for: it is analysed either way.
    async fn fetch_published(&self, job: &PublishedJob, facts: DeliveryFacts) -> PublishedOutcome {
        let name = job.claim.target.name();
        if facts.lost_deliveries > 0 {
            let why = format!("obtaining `{name}`, which the server names as its source, ended abnormally");
            return PublishedOutcome::NotObtained { why };
        }
        let obtained = async {
            let (snapshot, source) = acquire_published(&job.claim, &self.fetch.for_org(None)).await?;
            let snapshot = self.artifacts.put_snapshot(snapshot).await?;
            Ok::<_, Failure>(PublishedOutcome::Obtained { source, snapshot })
        };
        obtained.await.unwrap_or_else(|e| {
            tracing::info!(code = e.code(), error = %e, "the source that the server names was not obtained");
            let why = match e.blame() {
                Blame::Hub => format!("`{name}`, which the server names as its source, could not be obtained over a fault of this hub"),
                Blame::User | Blame::World => format!("the source that the server names could not be obtained: {e}"),
            };
            PublishedOutcome::NotObtained { why }
        })
    }
}

impl Handler<PublishedJob> for Fetcher {
    async fn handle(&self, job: PublishedJob, facts: DeliveryFacts) -> Verdict {
        let scan = Reporter::of(&job);
        let started = Instant::now();
        let published = Some(self.fetch_published(&job, facts).await);
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut analyze = AnalyzeJob { published, ..job.then };
        analyze.durations.insert(JobStatus::Fetching.to_string(), took);
        match Outgoing::of(&analyze) {
            Ok(analyze) => Verdict::Done(vec![analyze]),
            Err(e) => scan.verdict(&e),
        }
    }
}

impl Handler<FetchJob> for Fetcher {
    async fn handle(&self, job: FetchJob, _facts: DeliveryFacts) -> Verdict {
        let scan = Reporter::of(&job);
        match self.fetch(job, scan).await {
            Ok(next) => Verdict::Done(next),
            Err(e) => scan.verdict(&e),
        }
    }
}
