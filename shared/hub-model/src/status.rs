//! Where a scan is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The life of a scan, in order: `initializing`, `fetching` or `connecting`, `discovering`, `scanning_tools`, then one of
/// `completed`, `failed`, `cancelled`. It never goes backwards except to `initializing` when a lost job is driven again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Accepted, not yet taken by a worker.
    Initializing,
    /// The fetcher is obtaining the source.
    Fetching,
    /// The connector is talking to the live server.
    Connecting,
    /// The analyzer is finding tools.
    Discovering,
    /// The analyzer is running rules.
    ScanningTools,
    /// Ended with a report.
    Completed,
    /// Ended without a report; `error_message` says why.
    Failed,
    /// Ended by the user.
    Cancelled,
}

impl JobStatus {
    /// All, in order of life.
    pub const ALL: [JobStatus; 8] = [
        Self::Initializing,
        Self::Fetching,
        Self::Connecting,
        Self::Discovering,
        Self::ScanningTools,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word the API and the database use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initializing => "initializing",
            Self::Fetching => "fetching",
            Self::Connecting => "connecting",
            Self::Discovering => "discovering",
            Self::ScanningTools => "scanning_tools",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// True for `completed`, `failed` and `cancelled`: nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.rank() == 4
    }

    /// Position in the order; the two first stages share one, and so do the three ends.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Initializing => 0,
            Self::Fetching | Self::Connecting => 1,
            Self::Discovering => 2,
            Self::ScanningTools => 3,
            Self::Completed | Self::Failed | Self::Cancelled => 4,
        }
    }

    /// Whether a scan of the same attempt may move from `self` to `next`: only forwards, never out of an end.
    #[must_use]
    pub fn may_become(self, next: JobStatus) -> bool {
        !self.is_final() && next.rank() > self.rank()
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Not one of the statuses.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a job status; use one of initializing, fetching, connecting, discovering, scanning_tools, completed, failed, cancelled"
)]
pub struct BadStatus(String);

impl FromStr for JobStatus {
    type Err = BadStatus;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|v| v.as_str() == s)
            .ok_or_else(|| BadStatus(s.chars().take(40).collect()))
    }
}
