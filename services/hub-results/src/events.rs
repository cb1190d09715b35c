//! Events become rows.

use crate::app::App;
use chrono::Utc;
use futures::StreamExt;
use hub_artifacts::ArtifactError;
use hub_model::{Digest, ErrorCode, Retry};
use hub_queue::{BatchVerdict, Received};
use hub_store::{Applied, Change, ChangeKind, Outcome, StoreError, ToolRow};
use hub_wire::{EventKind, ScanEvent};
use prometheus::{HistogramVec, IntCounterVec, histogram_opts, register_histogram_vec, register_int_counter_vec};
use std::sync::LazyLock;

/// Reports read from the artifact store at a time.
const REPORTS_AT_ONCE: usize = 4;

static EVENTS: LazyLock<Option<IntCounterVec>> =
    LazyLock::new(|| register_int_counter_vec!("hub_events_total", "Events taken from the queue, by kind.", &["event"]).ok());
static ENDED: LazyLock<Option<IntCounterVec>> = LazyLock::new(|| {
    register_int_counter_vec!(
        "hub_scans_ended_total",
        "Scans that ended, by type and status.",
        &["scan_type", "status"]
    )
    .ok()
});
static SCAN_SECONDS: LazyLock<Option<HistogramVec>> = LazyLock::new(|| {
    let buckets = vec![1.0, 2.0, 5.0, 10.0, 20.0, 45.0, 90.0, 180.0, 600.0, 1800.0];
    register_histogram_vec!(
        histogram_opts!("hub_scan_seconds", "Time from submission to end.", buckets),
        &["scan_type", "status"]
    )
    .ok()
});

/// Writes a batch: all of it in one transaction, then the cache.
pub(crate) async fn apply_events(app: App, batch: Vec<Received<ScanEvent>>) -> BatchVerdict {
    // Each event's span lives until the batch is stored, so that a trace ends where its report became readable.
    let _spans: Vec<_> = batch.iter().map(Received::span).collect();
    let mut changes = Vec::with_capacity(batch.len());
    let read = futures::stream::iter(batch.into_iter().map(|r| change_of(&app, r.message))).buffered(REPORTS_AT_ONCE);
    for change in read.collect::<Vec<_>>().await {
        match change {
            Ok(change) => changes.push(change),
            Err(e) => return BatchVerdict::Again { why: e.to_string() },
        }
    }
    match app.store.apply(changes.clone()).await {
        Ok(applied) => {
            note_ends(&app, applied).await;
            BatchVerdict::Done
        }
        Err(e) if e.is_transient() => BatchVerdict::Again { why: e.to_string() },
        Err(e) => one_by_one(&app, changes, &e).await,
    }
}

/// Something in the batch can never be stored: find out which, so that the others are.
async fn one_by_one(app: &App, changes: Vec<Change>, first: &StoreError) -> BatchVerdict {
    tracing::error!(error = %chain(first), "a batch of events cannot be stored; trying them one by one");
    let (mut positions, mut why) = (Vec::new(), String::new());
    for (position, change) in changes.into_iter().enumerate() {
        match app.store.apply(vec![change]).await {
            Ok(applied) => note_ends(app, applied).await,
            Err(e) if e.is_transient() => return BatchVerdict::Again { why: e.to_string() },
            Err(e) => {
                why = chain(&e);
                positions.push(position);
            }
        }
    }
    if positions.is_empty() {
        BatchVerdict::Done
    } else {
        BatchVerdict::Bury { positions, why }
    }
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

/// What follows from stored changes: cache, streams, metrics.
pub(crate) async fn note_ends(app: &App, applied: Vec<Applied>) {
    for Applied { scan, .. } in applied.iter().filter(|a| a.ended) {
        let labels = [scan.scan_type.as_str(), scan.status.as_str()];
        if let Some(ended) = ENDED.as_ref() {
            ended.with_label_values(&labels).inc();
        }
        let took = (scan.completed_at.unwrap_or_else(Utc::now) - scan.created_at)
            .to_std()
            .unwrap_or_default();
        if let Some(seconds) = SCAN_SECONDS.as_ref() {
            seconds.with_label_values(&labels).observe(took.as_secs_f64());
        }
        tracing::info!(
            scan.id = %scan.id,
            org.id = %scan.org_id,
            attempt = scan.attempt,
            status = scan.status.as_str(),
            error.code = scan.error_code.as_deref().unwrap_or_default(),
            elapsed_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "the scan ended"
        );
    }
    let scans: Vec<_> = applied.into_iter().map(|a| a.scan).collect();
    app.refresh(&scans).await;
}

/// The event as the store takes it; the report of a completed scan is read from the artifact store.
async fn change_of(app: &App, event: ScanEvent) -> Result<Change, ArtifactError> {
    let ScanEvent {
        scan_id,
        attempt,
        at,
        kind,
    } = event;
    let (name, kind) = match kind {
        EventKind::Entered { status } => ("entered", ChangeKind::Entered(status)),
        EventKind::Resolved { source_version, artifact } => ("resolved", ChangeKind::Resolved { source_version, artifact }),
        EventKind::Discovered { tools } => ("discovered", ChangeKind::Discovered { tools }),
        EventKind::Failed { code, message, .. } => ("failed", ChangeKind::Failed { code, message }),
        EventKind::Completed {
            report,
            scan_version,
            source_version,
            overall_severity,
            score,
            grade,
            tools,
            severity_counts,
            category_counts,
        } => match read_report(app, report).await {
            Ok(report_zst) => (
                "completed",
                ChangeKind::Completed(Box::new(Outcome {
                    report_digest: report,
                    report_zst,
                    scan_version,
                    source_version,
                    overall_severity,
                    score,
                    grade,
                    tools: tools
                        .into_iter()
                        .map(|t| ToolRow {
                            tool_name: t.tool_name,
                            severity: t.severity,
                        })
                        .collect(),
                    severity_counts: severity_counts.into_iter().map(|(s, n)| (s.as_str().to_owned(), n)).collect(),
                    category_counts,
                })),
            ),
            Err(e) if e.retry() == Retry::Later => return Err(e),
            Err(e) => {
                tracing::error!(scan.id = %scan_id, error = %chain(&e), "the report of a completed scan cannot be read");
                let message = "the report was made but cannot be read any more; submit the scan again".to_owned();
                (
                    "report_lost",
                    ChangeKind::Failed {
                        code: e.code().to_owned(),
                        message,
                    },
                )
            }
        },
    };
    if let Some(events) = EVENTS.as_ref() {
        events.with_label_values(&[name]).inc();
    }
    Ok(Change {
        scan_id,
        attempt,
        at,
        kind,
    })
}

/// The report as stored, which is how the store takes it: unpacked, a batch of large ones would not fit into memory.
async fn read_report(app: &App, digest: Digest) -> Result<Vec<u8>, ArtifactError> {
    app.artifacts.get(hub_artifacts::Kind::Report, digest).await.map(Into::into)
}
