//! The handler of analyze jobs.

use crate::outcome::{completed, shorten};
use crate::single::Single;
use hub_analyze::Subject;
use hub_artifacts::{ArtifactError, ArtifactStore};
use hub_model::{Blame, Budget, Digest, ErrorCode, JobStatus, PUBLISHED_SOURCE_CHECK, Report, Retry, Snapshot, Surface};
use hub_pipeline::{AnalysisError, IsolatedAnalyzer};
use hub_queue::{DeliveryFacts, Handler, Outbox, Outgoing, PublishError, Reporter, Verdict};
use hub_wire::{AnalyzeJob, ArtifactKind, EventKind, PublishedOutcome};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

/// Reads, analyses, stores, tells.
pub struct Analyzer {
    analysis: IsolatedAnalyzer,
    artifacts: ArtifactStore,
    outbox: Arc<dyn Outbox>,
    single: Single,
}

/// Why a job did not work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    #[error(transparent)]
    Store(#[from] ArtifactError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("a report is no artifact to analyse")]
    NotAnArtifact,
}

impl Failure {
    fn inner(&self) -> Option<&dyn ErrorCode> {
        match self {
            Self::Analysis(e) => Some(e),
            Self::Store(e) => Some(e),
            Self::Publish(e) => Some(e),
            Self::NotAnArtifact => None,
        }
    }
}

impl ErrorCode for Failure {
    fn code(&self) -> &'static str {
        self.inner().map_or("not_an_artifact", ErrorCode::code)
    }
    fn retry(&self) -> Retry {
        self.inner().map_or(Retry::Never, ErrorCode::retry)
    }
    fn blame(&self) -> Blame {
        self.inner().map_or(Blame::Hub, ErrorCode::blame)
    }
}

/// What was stored. One at a time per job, so its size does not matter.
#[allow(clippy::large_enum_variant)]
enum Artifact {
    Snapshot(Snapshot),
    Surface(Surface),
}

impl Artifact {
    fn subject(&self) -> Subject<'_> {
        match self {
            Self::Snapshot(snapshot) => Subject::Snapshot(snapshot),
            Self::Surface(surface) => Subject::Surface(surface),
        }
    }
}

impl Analyzer {
    /// `outbox` takes what is said before a job is done.
    #[must_use]
    pub fn new(analysis: IsolatedAnalyzer, artifacts: ArtifactStore, outbox: Arc<dyn Outbox>) -> Self {
        Self {
            analysis,
            artifacts,
            outbox,
            single: Single::default(),
        }
    }

    async fn analyze(&self, mut job: AnalyzeJob, scan: Reporter) -> Result<Vec<Outgoing>, Failure> {
        scan.entered(&*self.outbox, JobStatus::Discovering).await;
        if let Some(published) = job.published.take() {
            job.artifact = self.held_against(published, job.artifact).await?;
        }
        let _turn = self.single.turn(job.artifact).await;
        let (report, digest) = match self.known(job.artifact).await? {
            Some((report, digest)) => {
                tracing::info!(artifact = %job.artifact, "analysed before; its report is used again");
                self.discovered(scan, report.inventory.tools.iter().map(|t| t.name.clone()).collect())
                    .await;
                (report, digest)
            }
            None => self.make(&job, scan).await?,
        };
        let (report, digest) = self.beside_earlier(&job, report, digest).await?;
        Ok(vec![scan.event(completed(&report, digest, job.source_version))?])
    }

    /// The listing with what it is held against: from here on it is an artifact like any other, and its report is remembered as its own.
    async fn held_against(&self, published: PublishedOutcome, listing: Digest) -> Result<Digest, Failure> {
        let mut surface = self.artifacts.get_surface(listing).await?;
        match published {
            PublishedOutcome::Obtained { source, snapshot } => {
                let declared = match self.declared_tools(snapshot).await {
                    Ok(declared) => declared,
                    Err(e) if e.retry() == Retry::Later => return Err(e),
                    Err(e) => {
                        tracing::error!(error = %e, "the source that a server names cannot be read");
                        Err("the source that the server names could not be read over a fault of this hub".to_owned())
                    }
                };
                surface.hold_against(source, declared);
            }
            PublishedOutcome::NotObtained { why } => surface.note_check(PUBLISHED_SOURCE_CHECK, format!("not done: {why}")),
        }
        Ok(self.artifacts.put_surface(surface).await?)
    }

    /// The names of the tools in a source, or why they are not known.
    async fn declared_tools(&self, snapshot: Digest) -> Result<Result<Vec<String>, String>, Failure> {
        let _turn = self.single.turn(snapshot).await;
        let inventory = match self.known(snapshot).await? {
            Some((report, _)) => Ok(report),
            None => {
                let source = self.artifacts.get_snapshot(snapshot).await?;
                self.analysis.take_inventory(Subject::Snapshot(&source), snapshot).await
            }
        };
        Ok(hub_pipeline::declared_tools(inventory))
    }

    /// The report that this engine and rule set made of the artifact before. One that is gone or damaged is made again.
    async fn known(&self, artifact: Digest) -> Result<Option<(Report, Digest)>, Failure> {
        let Some(digest) = self.artifacts.find_report(artifact, hub_analyze::scan_version()).await? else {
            return Ok(None);
        };
        match self.artifacts.get_report(digest).await {
            // A note may be wrong; what it leads to says itself what it is about.
            Ok(report) if report.artifact_digest != artifact || report.scan_version != hub_analyze::scan_version() => {
                tracing::warn!(%artifact, report = %digest, "the remembered report is another artifact's or version's; analysing again");
                Ok(None)
            }
            Ok(report) => Ok(Some((report, digest))),
            Err(e) if e.retry() == Retry::Later => Err(e.into()),
            Err(e) => {
                tracing::warn!(error = %e, "an earlier report cannot be used");
                Ok(None)
            }
        }
    }

    /// The report with what changed since the scan before. The plain one stays what is remembered of the artifact: the same
    /// artifact may follow another scan next time.
    async fn beside_earlier(&self, job: &AnalyzeJob, mut report: Report, digest: Digest) -> Result<(Report, Digest), Failure> {
        let Some(earlier) = &job.earlier else {
            return Ok((report, digest));
        };
        let before = match self.artifacts.get_report(earlier.report).await {
            Ok(before) => before,
            Err(e) if e.retry() == Retry::Later => return Err(e.into()),
            // Past its retention, or of a version that cannot be read: the scan is worth more than the comparison.
            Err(e) => {
                tracing::info!(error = %e, earlier = %earlier.scan_id, "the scan before cannot be compared with");
                return Ok((report, digest));
            }
        };
        if before.artifact_digest == report.artifact_digest {
            return Ok((report, digest));
        }
        let before = hub_analyze::earlier_of(before, &format!("scan {}", earlier.scan_id));
        hub_analyze::compare_with_earlier(&mut report, &before, &Budget::default());
        let digest = self.artifacts.put_report(report.clone()).await?;
        Ok((report, digest))
    }

    async fn make(&self, job: &AnalyzeJob, scan: Reporter) -> Result<(Report, Digest), Failure> {
        let started = Instant::now();
        let artifact = match job.kind {
            ArtifactKind::Snapshot => Artifact::Snapshot(self.artifacts.get_snapshot(job.artifact).await?),
            ArtifactKind::Surface => Artifact::Surface(self.artifacts.get_surface(job.artifact).await?),
            ArtifactKind::Report => return Err(Failure::NotAnArtifact),
        };
        let (tools, mut found) = mpsc::unbounded_channel();
        let telling = async {
            while let Some(tools) = found.recv().await {
                self.discovered(scan, tools).await;
            }
        };
        let analysing = async {
            // Moved in, so that the telling ends with the analysis. Nobody listening any more is no concern of the child's.
            let tools = tools;
            self.analysis
                .analyze(artifact.subject(), job.artifact, |names| {
                    let _ = tools.send(names);
                })
                .await
        };
        let (report, ()) = tokio::join!(analysing, telling);
        let mut report = report?;
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        report.durations.extend(job.durations.clone());
        report.durations.insert("analyzing".to_owned(), took);
        let digest = self.artifacts.put_report(report.clone()).await?;
        // The version comes from the child, which may be a newer program than this one during an update.
        self.artifacts.remember_report(job.artifact, &report.scan_version, digest).await?;
        tracing::info!(
            tools = report.inventory.tools.len(),
            findings = report.findings.len(),
            took_ms = took,
            "analysed"
        );
        Ok((report, digest))
    }

    async fn discovered(&self, scan: Reporter, mut tools: Vec<String>) {
        tools.iter_mut().for_each(shorten);
        scan.tell(&*self.outbox, EventKind::Discovered { tools }).await;
        scan.entered(&*self.outbox, JobStatus::ScanningTools).await;
    }
}

impl Handler<AnalyzeJob> for Analyzer {
    async fn handle(&self, job: AnalyzeJob, _facts: DeliveryFacts) -> Verdict {
        let scan = Reporter::of(&job);
        match self.analyze(job, scan).await {
            Ok(next) => Verdict::Done(next),
            Err(e) => scan.verdict(&e),
        }
    }
}
