#![doc = include_str!("../README.md")]

mod births;
mod connect;
mod decisions;
mod departure;
mod dispatch;
mod error;
mod events;
mod identity;
mod list;
mod maintain;
mod report;
mod scan;
mod stats;
mod sweep;
pub mod testing;
mod usage;

pub use births::Births;
pub use connect::{Store, StoreSettings, Wake};
pub use decisions::{MAX_SUPPRESSIONS_PER_ORG, SuppressionRecord};
pub use departure::Departed;
pub use dispatch::{Claim, ClaimedScan, DispatchLimits};
pub use error::StoreError;
pub use events::{Applied, Change, ChangeKind, Outcome, ToolRow};
pub use identity::{Bootstrapped, KeyRecord, KeySummary, NewKey};
pub use list::{Cursor, ListQuery, Page, RepoFilter, ScanPage, Total, VisibilityFilter};
pub use maintain::MaintenanceSettings;
pub use report::StoredReport;
pub use scan::{Birth, Born, Cancelled, Idempotency, NewScan, ScanRecord, ScanTarget, ScanType, ToolRecord};
pub use stats::Stats;
pub use sweep::{GIVEN_UP, SweepSettings, Swept};
pub use usage::{Usage, UsageLine};
