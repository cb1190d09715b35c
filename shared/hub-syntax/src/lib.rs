#![doc = include_str!("../README.md")]

pub mod ir;
mod js;
mod parse;
mod program;
pub mod py;
mod scope;

pub use js::{json_value, parse_json};
pub use parse::{ParseError, language_of, on_big_stack, parse};
pub use program::{ModuleId, Program};
pub use scope::{Binding, BindingId, BindingKind, Definition, ScopeId, Scopes, Step, Written};
