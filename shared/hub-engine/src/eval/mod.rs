//! The constant evaluator: runs a program's own code as far as it is known, and keeps everything else as named unknowns.
//!
//! It is an interpreter, not a matcher: helper functions, loops over tables, classes and registries need no rules of their own.
//! What is the same in all languages is written once, over [`hub_syntax::ir`]:
//! [`stmt`] carries out statements, [`expr`] expressions, [`pattern`] assignments, [`call`] arguments, parameters and bodies of
//! functions, [`number`], [`text`], [`data`] and [`path`] what languages agree on; [`Machine`] holds the bounds (steps, depths, recursion) and what is known of the run; [`World`] finds modules and files.
//! What a language really has of its own is its [`Dialect`]: what its values are and when they are true, operators, attributes,
//! classes, imports, the functions and methods it supplies, and what is believed where a condition is not known.
//! JavaScript's is [`js`]; Python's stands with the discovery of Python servers (`hub_discover`), as its values include what the
//! MCP frameworks make.

pub mod call;
pub mod data;
mod dialect;
pub mod expr;
pub mod js;
mod machine;
pub mod number;
pub mod path;
pub mod pattern;
pub mod stmt;
pub mod text;
mod world;

pub use call::Args;
pub use dialect::{Dialect, Primitive};
pub use machine::{Calls, Condition, Kept, Machine};
pub use stmt::Flow;
pub use world::{NoWorld, World};

/// Deepest nesting of expressions while evaluating, calls included.
pub(crate) const MAX_DEPTH: u32 = 4_000;
/// Most rounds of one loop over known elements.
pub(crate) const MAX_ROUNDS: usize = 5_000;
/// Longest text that is built, in bytes.
pub const MAX_TEXT: usize = 1 << 20;
/// What a short text of its own takes beyond its bytes.
pub const PIECE_BYTES: usize = 48;
/// Most elements of a list that is built.
pub const MAX_ELEMENTS: usize = 100_000;
/// Most compiled regular expressions kept.
pub(crate) const MAX_REGEXES: usize = 64;
