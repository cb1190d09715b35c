//! The walk: a node's form says what it becomes, one file for each kind of thing that it can become.

mod classes;
mod expressions;
mod functions;
mod patterns;
mod statements;
mod types;

pub(super) use classes::field;
pub(super) use expressions::{cast, plain};
pub(super) use functions::param;
pub(super) use statements::{import, import_text, try_form};
