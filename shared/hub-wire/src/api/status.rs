//! What is told about a scan.

use chrono::{DateTime, Utc};
use hub_model::{JobStatus, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// The facts of a scan. `org_id`, `user_id`, `project_name` and `registry_name` are null for public scans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanFacts {
    pub job_id: Uuid,
    /// As submitted; null for a hosted scan.
    pub source_url: Option<String>,
    pub user_email: String,
    /// As submitted.
    pub version_or_commit: Option<String>,
    /// The commit SHA or exact version that was scanned.
    pub source_version: Option<String>,
    /// Engine and rule set.
    pub scan_version: Option<String>,
    #[schema(value_type = String, example = "completed")]
    pub job_status: JobStatus,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed, and what to do.
    pub error_message: Option<String>,
    pub is_official: bool,
    pub is_private: bool,
    /// `source` or `hosted`.
    #[schema(example = "source")]
    pub scan_type: String,
    /// `owner/repo`, the package's name, or the name given to the server.
    pub repo_name: Option<String>,
    /// Null for a source scan.
    pub endpoint_url: Option<String>,
    pub auth_type: Option<String>,
    pub org_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub project_name: Option<String>,
    pub registry_name: Option<String>,
    /// `Critical`, `High`, `Medium`, `Low`, `Info` or `None`; null until completed.
    #[schema(value_type = Option<String>, example = "High")]
    pub overall_severity: Option<Severity>,
    pub total_tools_scanned: u32,
    pub tools_scanned_successfully: u32,
}

/// A tool's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScannedTool {
    pub tool_name: String,
    /// `pending`, `completed` or `failed`.
    #[schema(example = "completed")]
    pub scan_status: String,
    #[schema(value_type = Option<String>, example = "High")]
    pub severity: Option<Severity>,
}

/// `GET /scan/{job_id}/status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanStatus {
    #[serde(flatten)]
    pub facts: ScanFacts,
    pub scanned_tools: Vec<ScannedTool>,
}

/// `GET /scan/{job_id}/results`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanResults {
    #[serde(flatten)]
    pub facts: ScanFacts,
    /// Null until completed.
    #[schema(value_type = Option<Object>)]
    pub complete_result: Option<Value>,
}

/// `GET /scans`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanList {
    /// Newest first.
    pub scans: Vec<ScanFacts>,
    /// Exact up to 10,000.
    pub total: u64,
    /// There are more than `total` says.
    pub total_is_estimate: bool,
    pub limit: u32,
    /// 0 when the page was asked for by cursor.
    pub offset: u32,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}

impl ScanFacts {
    /// The scalar facts as `x-mcp-hub-*` header names and values; null facts are left out.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let Ok(Value::Object(facts)) = serde_json::to_value(self) else {
            return Vec::new();
        };
        facts
            .into_iter()
            .filter_map(|(name, value)| {
                let value = match value {
                    Value::Null | Value::Array(_) | Value::Object(_) => return None,
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                // Header values hold visible ASCII; anything else is percent-encoded as in a URL.
                let mut shown = String::with_capacity(value.len());
                for byte in value.bytes().take(1024) {
                    match byte {
                        b' '..=b'~' => shown.push(char::from(byte)),
                        _ => shown.push_str(&format!("%{byte:02X}")),
                    }
                }
                Some((format!("x-mcp-hub-{}", name.replace('_', "-")), shown))
            })
            .collect()
    }
}
