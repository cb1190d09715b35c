//! The words of the REST API: what a request may say and what an answer says, exactly as `API.md` promises them.

mod answer;
mod auth_config;
mod decision;
mod hot_status;
mod problem;
mod request;
mod status;

pub use answer::{ConfigScanAccepted, HostedScanAccepted, OrgUsage, ScanStats, SourceScanAccepted, UsageDay};
pub use auth_config::AuthConfig;
pub use decision::{ScanDiff, SuppressionList, SuppressionRequest, SuppressionView};
pub use hot_status::{HotMeta, HotStatus};
pub use problem::{FieldError, FieldErrors, Problem};
pub use request::{ConfigScanRequest, HostedScanRequest, SourceScanRequest};
pub use status::{ScanFacts, ScanList, ScanResults, ScanStatus, ScannedTool};
