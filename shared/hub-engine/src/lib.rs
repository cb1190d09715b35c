//! What rules stand on: the rule contract, normalised text, code facts, data flow.
//!
//! Pure: no files, no network, no clock.

mod context;
mod facts;
mod rule;

pub use context::{Context, Findings};
pub use facts::{ArgumentShape, CodeFacts, EntryKind, EntryPoint, FunctionRef};
pub use rule::{Example, Level, Rule, RuleMeta};
