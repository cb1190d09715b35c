#![doc = include_str!("../README.md")]

mod complete_result;
mod fleet;
mod format;
pub mod formats;
mod text;

pub use complete_result::{SCHEMA_VERSION, complete_result};
pub use fleet::{Fleet, FleetServer};
pub use format::{AnswerFormat, BadFormat, Format};
