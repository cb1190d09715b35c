//! Authentication, authorization and listeners (S18–S25, L01–L06).

use hub_engine::Rule;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[];
