//! Static discovery: what the live server would list, read from its source.

mod data;
mod py;
mod sources;

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
pub fn discover(snapshot: &Snapshot, budget: &Budget) -> Discovery {
    let mut warnings = Vec::new();
    let (program, coverage) = sources::parse(snapshot, budget, &mut warnings);
    let mut out = Discovery {
        program,
        coverage,
        warnings,
        ..Discovery::default()
    };
    let python = py::discover(&out.program, snapshot, budget);
    out.inventory = python.inventory;
    out.facts.entry_points = python.entry_points;
    out.facts.live_modules = python.live_modules;
    out.warnings.extend(python.warnings);
    out
}
