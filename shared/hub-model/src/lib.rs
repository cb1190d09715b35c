//! The nouns of the house: what every crate may talk about, and nothing that does anything.
//!
//! Pure values only: no I/O, no clock, no async runtime. Parsing (`FromStr`, [`SourceTarget::parse`]) happens here,
//! once, into values that cannot be wrong; later stages take the value, never the string.

mod advisory;
mod artifact;
mod budget;
mod clients;
mod dependency;
mod digest;
mod domain;
mod error;
mod finding;
mod ids;
mod inventory;
mod package;
mod path;
mod published;
mod report;
mod score;
mod secret_name;
mod settings;
mod severity;
mod status;
mod target;
mod viewer;

pub use advisory::{
    Advisories, Advisory, AdvisoryReference, AdvisoryScore, AdvisorySpecific, AffectedPackage, AffectedRange, PackageName, RangeEvent,
};
pub use artifact::{EndpointFact, Origin, OriginKind, SkipReason, Skipped, Snapshot, SourceFile, Surface, Transport};
pub use budget::Budget;
pub use clients::{ClientConfig, ConfigEntry, ConfigSecret, ConfigValue, LaunchedFrom, LaunchedPackage};
pub use dependency::{DEPENDENCY_FOLDER, DependencyRef, npm_alias};
pub use digest::Digest;
pub use domain::registrable;
pub use error::{Blame, ErrorCode, Retry};
pub use finding::{Confidence, EvidenceLevel, Finding, FixCode, Flow, FlowStep, Location, Original, Subject};
pub use ids::{ApiKeyId, OrgId, ProjectId, ScanId, UserId};
pub use inventory::{Capability, Discovered, DiscoveredBy, Gap, Inventory, Prompt, PromptArgument, Resource, ServerInfo, Tool, Unknown};
pub use package::{MAX_DIFFERENCES, PACKAGE_MANIFESTS, PackageFacts, RepositoryComparison};
pub use path::RelPath;
pub use published::{PUBLISHED_SOURCE_CHECK, PublishedClaim, PublishedSource};
pub use report::{Coverage, Grade, Report, RuleSkipped, SourceMapOutcome, SourceMapUse, StageDurations, Suppressed, SuppressedBy};
pub use score::{SCORING, score};
pub use secret_name::is_secret_name;
pub use settings::{FromSetting, Hidden, Lookup, Setting, SettingError};
pub use severity::{Category, Severity};
pub use status::JobStatus;
pub use target::{
    CodeHosts, GitReference, GitTarget, HostedTarget, NpmName, NpmTarget, PypiName, PypiTarget, SourceTarget, TargetError, TransportChoice,
};
pub use viewer::{BadRole, Role, Viewer};

/// Version of the analysing engine; with the rule set version it is half of a report's cache key.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
