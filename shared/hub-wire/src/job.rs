//! Jobs: commands to one worker each.

use hub_model::{Digest, HostedTarget, OrgId, PublishedClaim, PublishedSource, ScanId, SourceTarget, StageDurations};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The queues, each behind its own exchange of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    Fetch,
    Connect,
    Published,
    Analyze,
    Events,
    /// Where poison ends.
    Dead,
}

impl Topic {
    /// All of them.
    pub const ALL: [Topic; 6] = [Self::Fetch, Self::Connect, Self::Published, Self::Analyze, Self::Events, Self::Dead];

    /// The name of queue and exchange.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "scan.fetch",
            Self::Connect => "scan.connect",
            Self::Published => "scan.published",
            Self::Analyze => "scan.analyze",
            Self::Events => "scan.events",
            Self::Dead => "scan.dead",
        }
    }
}

/// Something that travels through a queue.
pub trait Message: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Version of its JSON shape; travels in the header `x-schema`. Every version ever written stays readable.
    const SCHEMA: u32;
    /// Where it is published.
    const TOPIC: Topic;
    /// The scan it belongs to.
    fn scan_id(&self) -> ScanId;
    /// The drive it belongs to: 1 at first, one more for each re-drive of the whole scan.
    fn attempt(&self) -> u32;
}

/// The newest completed scan of the same target before this one, of those that everyone who reads this one may read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierScan {
    pub scan_id: ScanId,
    pub report: Digest,
}

/// Obtain a source target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchJob {
    pub scan_id: ScanId,
    pub attempt: u32,
    /// Whose scan it is: decides which of the operator's access tokens may be used. Absent in messages of before 2026-11-24.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
    pub target: SourceTarget,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierScan>,
}

/// List what a live endpoint shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectJob {
    pub scan_id: ScanId,
    pub attempt: u32,
    pub target: HostedTarget,
    /// [`hub_secrets::Credentials`] sealed to the connector's public key with the scan id as associated data, base64;
    /// `None` for a target that needs none.
    pub sealed_credentials: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierScan>,
}

/// Obtain the source that a live server names as its own, and hand its listing on whatever comes of that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedJob {
    pub claim: PublishedClaim,
    /// What follows, about the listing.
    pub then: AnalyzeJob,
}

/// What kind of artifact a digest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    Snapshot,
    Surface,
    Report,
}

/// Analyse a stored artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnalyzeJob {
    pub scan_id: ScanId,
    pub attempt: u32,
    pub kind: ArtifactKind,
    pub artifact: Digest,
    pub source_version: String,
    /// What the earlier stages took.
    pub durations: StageDurations,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierScan>,
    /// What a live listing is held against, where its server names a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedOutcome>,
}

/// What came of obtaining the source that a live server names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PublishedOutcome {
    Obtained { source: PublishedSource, snapshot: Digest },
    NotObtained { why: String },
}

/// A broadcast to all workers, over the fanout exchange `scan.control`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "control", rename_all = "snake_case")]
pub enum Control {
    /// Drop this scan at the next step.
    Cancel { scan_id: ScanId },
}

impl Message for PublishedJob {
    const SCHEMA: u32 = 1;
    const TOPIC: Topic = Topic::Published;
    fn scan_id(&self) -> ScanId {
        self.then.scan_id
    }
    fn attempt(&self) -> u32 {
        self.then.attempt
    }
}

macro_rules! message {
    ($name:ty, $topic:expr) => {
        impl Message for $name {
            const SCHEMA: u32 = 1;
            const TOPIC: Topic = $topic;
            fn scan_id(&self) -> ScanId {
                self.scan_id
            }
            fn attempt(&self) -> u32 {
                self.attempt
            }
        }
    };
}
message!(FetchJob, Topic::Fetch);
message!(ConnectJob, Topic::Connect);
message!(AnalyzeJob, Topic::Analyze);
message!(crate::ScanEvent, Topic::Events);
