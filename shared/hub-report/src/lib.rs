#![doc = include_str!("../README.md")]

mod complete_result;
mod diff;
mod fleet;
mod format;
pub mod formats;
mod policy;
mod text;

pub use complete_result::{SCHEMA_VERSION, complete_result};
pub use diff::{Diff, FindingName, NotAReport, ReadReport};
pub use fleet::{Fleet, FleetServer};
pub use format::{AnswerFormat, BadFormat, Format};
pub use policy::{Policy, PolicyError, RuleSetting, Suppression};
