//! Contracts, annotations and permissions (M20–M23, P01–P11).

use hub_engine::Rule;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[];
