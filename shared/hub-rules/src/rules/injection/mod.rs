//! Arguments that reach a dangerous operation (S01–S08, S16, S17, S27).

use hub_engine::Rule;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[];
