#![doc = include_str!("../README.md")]

pub mod capability;
pub mod catalogue;
pub mod code;
pub mod conduct;
mod context;
pub mod eval;
mod facts;
mod findings;
pub mod history;
mod rule;
pub mod taint;
pub mod text;

pub use context::{Beside, Context, Sibling};
pub use facts::{ArgumentShape, CodeFacts, EntryKind, EntryPoint, FunctionRef};
pub use findings::{Draft, Findings, shown};
pub use rule::{Declared, Example, Level, Needs, Rule, RuleMeta};

/// The bare words that [`declare_rule!`] understands after `category:`.
#[doc(hidden)]
pub mod category {
    pub use hub_model::Category::*;
}
/// The bare words that [`declare_rule!`] understands after `severity:`.
#[doc(hidden)]
pub mod severity {
    pub use hub_model::Severity::{Critical, High, Info, Low, Medium};
}
/// What [`declare_rule!`] understands after `needs:`.
#[doc(hidden)]
pub mod needs {
    pub use crate::Needs;
}
