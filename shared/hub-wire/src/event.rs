//! Events: facts that happened to a scan.

use chrono::{DateTime, Utc};
use hub_model::{Blame, Digest, Grade, JobStatus, ScanId, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that happened to a scan. Results orders events by (attempt, rank of the status) and ignores what is older
/// than what it has, so every event may arrive twice and late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanEvent {
    pub scan_id: ScanId,
    pub attempt: u32,
    pub at: DateTime<Utc>,
    pub kind: EventKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A worker took the scan into this stage (`fetching`, `connecting`, `discovering`, `scanning_tools`).
    Entered { status: JobStatus },
    /// The target was obtained and pinned.
    Resolved { source_version: String, artifact: Digest },
    /// The analyzer knows the tools.
    Discovered { tools: Vec<String> },
    /// Done. The report lies in the artifact store; what lists and stats need stands here too.
    Completed {
        report: Digest,
        scan_version: String,
        source_version: String,
        overall_severity: Severity,
        score: u8,
        grade: Grade,
        tools: Vec<ToolOutcome>,
        severity_counts: BTreeMap<Severity, u32>,
        category_counts: BTreeMap<String, u32>,
    },
    /// Over, without a report. `message` is shown to the user.
    Failed { code: String, message: String, blame: Blame },
}

/// A tool's line in `scanned_tools`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolOutcome {
    pub tool_name: String,
    pub severity: Severity,
}

impl EventKind {
    /// The status the scan has after this event; `None` when the event does not move it.
    #[must_use]
    pub fn status(&self) -> Option<JobStatus> {
        match self {
            Self::Entered { status } => Some(*status),
            Self::Resolved { .. } | Self::Discovered { .. } => None,
            Self::Completed { .. } => Some(JobStatus::Completed),
            Self::Failed { .. } => Some(JobStatus::Failed),
        }
    }
}
