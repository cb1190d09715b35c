//! What crosses a wire: jobs and events between services, and the words of the REST API.

mod event;
mod job;

pub use event::{EventKind, ScanEvent, ToolOutcome};
pub use job::{AnalyzeJob, ArtifactKind, ConnectJob, Control, FetchJob, Message, Topic};
