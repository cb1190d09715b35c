//! What an org decided about findings, and what changed between two scans.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Body of `POST /suppressions`: one rule, at least one place, and who answers for it until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionRequest {
    /// `shell-injection`
    pub rule: String,
    /// The finding's stable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_entry: Option<String>,
    /// A file, with `*`, `?` and `**`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why it is no fault here.
    pub reason: String,
    pub owner: String,
    /// The last day on which it holds.
    #[schema(example = "2026-12-31")]
    pub expires: String,
}

/// A decision, with its trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuppressionView {
    pub suppression_id: Uuid,
    #[schema(value_type = SuppressionRequest)]
    pub decision: serde_json::Value,
    /// `active`, `expired` or `ended`.
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<String>,
}

/// Answer of `GET /suppressions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuppressionList {
    pub suppressions: Vec<SuppressionView>,
}

/// Answer of `GET /scan/{job_id}/diff/{other_job_id}`: from the first to the second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanDiff {
    pub old_job_id: Uuid,
    pub new_job_id: Uuid,
    /// Both are of the same repository, package or endpoint.
    pub same_target: bool,
    /// The same branch, tag or version was asked for and stands for something else now.
    pub reference_moved: bool,
    /// Versions, scores, `added`, `removed`, `redefined` (with each changed field), `findings_new`, `findings_fixed`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub changes: serde_json::Value,
}
