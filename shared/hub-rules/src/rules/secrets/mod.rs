//! Secrets in text, code or output (M18, M19, S09, S10).

use hub_engine::Rule;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[];
