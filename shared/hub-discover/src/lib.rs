#![doc = include_str!("../README.md")]

mod data;
mod files;
mod found;
mod js;
mod native;
mod py;
mod reach;
mod sources;
mod unread;

pub(crate) use found::Found;

use hub_engine::CodeFacts;
use hub_model::{Budget, Coverage, Gap, Inventory, Location, Snapshot};
use hub_syntax::Program;
use hub_syntax::ir::{Language, Module};

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
    found.merge(surviving(&program, Family::Python, || {
        py::discover(&program, snapshot, budget).into()
    }));
    found.merge(surviving(&program, Family::Script, || js::discover(&program, snapshot, budget)));
    found.merge(surviving(&program, Family::Native, || native::discover(&program, snapshot, budget)));
    unread::servers_without_inventory(&program, &mut found);
    unread::several_servers(snapshot, &mut found);
    found.finish(budget);
    Discovery {
        inventory: found.inventory,
        program,
        facts: found.facts,
        coverage,
        warnings: found.warnings,
    }
}

/// Languages that one discovery reads.
#[derive(Clone, Copy, Debug)]
enum Family {
    Python,
    Script,
    Native,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Script => "JavaScript",
            Self::Native => "Go, Rust, Java, Kotlin, C#, PHP and Ruby",
        }
    }

    fn of(language: Language) -> Self {
        match language {
            Language::Python => Self::Python,
            Language::JavaScript | Language::TypeScript => Self::Script,
            _ => Self::Native,
        }
    }
}

/// One family's discovery. When it panics, the others and the rules go on, and a gap says what was not read.
fn surviving(program: &Program, family: Family, discover: impl FnOnce() -> Found) -> Found {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(discover)).unwrap_or_else(|_| {
        let language = family.name();
        let mut found = Found::default();
        let of_it = |m: &&Module| std::mem::discriminant(&Family::of(m.language)) == std::mem::discriminant(&family);
        match program.modules.iter().find(of_it) {
            Some(module) => found.gap(Gap {
                at: Location {
                    file: module.path.clone(),
                    line: 1,
                    column: 1,
                    end_line: 1,
                },
                what: format!("the {language} code"),
                reason: "discovery failed on this input".to_owned(),
            }),
            None => found.warnings.push(format!("discovery failed on the {language} code")),
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_failure_in_one_language_is_a_gap_and_costs_no_other() {
        let path = "a.js".parse().expect("a path");
        let module = hub_syntax::parse(&path, &Arc::from("x()"), &Budget::default()).expect("parses");
        let program = Program::new(vec![module]);
        let mut found = surviving(&program, Family::Script, || panic!("an index too far"));
        found.merge(surviving(&program, Family::Python, || {
            let mut python = Found::default();
            python.tool(hub_model::Tool::named("t", hub_model::Discovered::Static, "x"));
            python
        }));
        assert_eq!((found.inventory.gaps.len(), found.inventory.tools.len()), (1, 1));
        assert!(found.inventory.gaps[0].reason.contains("failed"), "{:?}", found.inventory.gaps);
    }
}
