//! Source text becomes one small tree, whatever the language.
//!
//! Discovery, constant evaluation and data flow are written once, over [`ir`], and not once per language: a language is a
//! lowering from its parser's tree (oxc for JavaScript and TypeScript, ruff for Python) to this one.
//! Bytes in, values out: no files, no network, no clock.

pub mod ir;
mod program;
pub mod py;
mod scope;

pub use program::{ModuleId, Program};
pub use scope::{Binding, BindingId, BindingKind, Definition, ScopeId, Scopes, Step, Written};
