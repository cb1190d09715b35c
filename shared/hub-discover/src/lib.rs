//! Static discovery: what the live server would list, read from its source.

mod py;

use hub_engine::CodeFacts;
use hub_model::{Budget, Coverage, Inventory, Snapshot};
use hub_syntax::Program;

/// What discovery knows about a snapshot.
#[derive(Debug, Default)]
pub struct Discovery {
    pub inventory: Inventory,
    pub program: Program,
    pub facts: CodeFacts,
    /// Files read, by language; files skipped; limits hit. Rules are added by the analysis.
    pub coverage: Coverage,
    pub warnings: Vec<String>,
}

/// Finds the tools, resources and prompts of a snapshot without running anything. Never fails: what could not be read
/// stands in `coverage`, `warnings` and `inventory.gaps`.
#[must_use]
pub fn discover(_snapshot: &Snapshot, _budget: &Budget) -> Discovery {
    Discovery::default()
}
