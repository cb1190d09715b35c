#![doc = include_str!("../README.md")]

mod child;
mod isolated;

pub use child::{CHILD_COMMAND, serve_child};
pub use isolated::{AnalysisError, IsolatedAnalyzer, declared_tools};
