#![doc = include_str!("../README.md")]

mod intern;
pub mod ir;
mod js;
mod parse;
mod program;
pub mod py;
mod resolve_js;
mod resolve_py;
mod scope;
mod sitter;

pub use js::{json_value, parse_json};
pub use parse::{ParseError, language_of, language_of_file, on_big_stack, parse};
pub use program::{ModuleId, Program};
pub use resolve_js::{JsResolver, Package, join, source_or_file};
pub use resolve_py::{PyResolver, PyTarget};
pub use scope::{Binding, BindingId, BindingKind, Definition, ScopeId, Scopes, Step, Written};
