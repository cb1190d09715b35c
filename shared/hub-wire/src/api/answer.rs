//! Other answers.

use hub_model::JobStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Answer of `POST /scan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceScanAccepted {
    pub job_id: Uuid,
    /// As submitted.
    pub source_url: String,
    pub user_email: String,
    #[schema(value_type = String, example = "initializing")]
    pub job_status: JobStatus,
    pub message: String,
}

/// Answer of `POST /scan/hosted`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostedScanAccepted {
    pub job_id: Uuid,
    pub endpoint_url: String,
    pub user_email: String,
    #[schema(value_type = String, example = "initializing")]
    pub job_status: JobStatus,
    pub message: String,
}

/// One element of the answer of `POST /scan/hosted/config`: a hosted scan, or the source scan of the package that the entry
/// would start (then with `source_url` instead of `endpoint_url`, and `message` says so).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ConfigScanAccepted {
    Hosted(HostedScanAccepted),
    Source(SourceScanAccepted),
}

/// `GET /stats`: counts over what the caller may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScanStats {
    pub total_scans: u64,
    pub by_status: BTreeMap<String, u64>,
    pub by_type: BTreeMap<String, u64>,
    /// Completed scans by their overall severity.
    pub by_severity: BTreeMap<String, u64>,
    /// Vulnerabilities by category.
    pub by_category: BTreeMap<String, u64>,
    /// Vulnerabilities by severity.
    pub vulnerabilities_by_severity: BTreeMap<String, u64>,
    /// Scans by day of submission (UTC), the last 30 days.
    pub by_day: BTreeMap<String, u64>,
}

/// Calls on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsageDay {
    #[schema(example = "2026-11-24")]
    pub day: String,
    pub calls: u64,
    pub failed_calls: u64,
}

/// `GET /usage`: aggregate use of the caller's org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrgUsage {
    pub org_id: Uuid,
    /// Days the figures reach back.
    pub days: u32,
    pub total_calls: u64,
    pub by_call: BTreeMap<String, u64>,
    /// `ok`, `client_error`, `rate_limited`, `server_error`.
    pub by_outcome: BTreeMap<String, u64>,
    /// Newest first.
    pub by_day: Vec<UsageDay>,
    pub scans_submitted: u64,
    pub scans_completed: u64,
    pub scans_failed: u64,
    pub active_keys: u64,
}
