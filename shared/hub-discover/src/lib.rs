#![doc = include_str!("../README.md")]

mod data;
mod found;
mod js;
mod py;
mod sources;

pub(crate) use found::Found;

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
    // Parsers and evaluators recurse: all run on one large stack.
    hub_syntax::on_big_stack(|| discover_here(snapshot, budget)).unwrap_or_else(|| Discovery {
        warnings: vec!["no memory for the stack that discovery needs: nothing was looked at".to_owned()],
        ..Discovery::default()
    })
}

fn discover_here(snapshot: &Snapshot, budget: &Budget) -> Discovery {
    let mut warnings = Vec::new();
    let (program, coverage) = sources::parse(snapshot, budget, &mut warnings);
    let mut found = Found {
        warnings,
        ..Found::default()
    };
    // One line per language.
    found.merge(py::discover(&program, snapshot, budget).into());
    found.merge(js::discover(&program, snapshot, budget));
    found.finish(budget);
    Discovery {
        inventory: found.inventory,
        program,
        facts: found.facts,
        coverage,
        warnings: found.warnings,
    }
}
