//! Robustness (S26, S28–S30).

use hub_engine::Rule;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[];
