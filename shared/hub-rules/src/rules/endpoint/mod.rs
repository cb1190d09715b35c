//! Live endpoint behaviour (L07–L10).

use hub_engine::Rule;

mod shadow_tool;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[&shadow_tool::ShadowTool];
