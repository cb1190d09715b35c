#![doc = include_str!("../README.md")]

pub mod api;
mod event;
mod job;

pub use event::{EventKind, ScanEvent, ToolOutcome};
pub use job::{AnalyzeJob, ArtifactKind, ConnectJob, Control, EarlierScan, FetchJob, Message, PublishedJob, PublishedOutcome, Topic};
