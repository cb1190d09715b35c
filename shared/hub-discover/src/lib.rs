#![doc = include_str!("../README.md")]

#[cfg(test)]
mod choices;
mod data;
mod files;
mod found;
mod js;
mod native;
mod py;
mod reach;
mod several;
mod sources;
#[cfg(test)]
mod testing;
mod unread;
mod wire;

pub(crate) use found::{Found, Part};
pub use unread::MACHINE_CODE;

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

/// A path below the base path, where there is one: whoever names a folder of examples wants to see them.
fn inside<'p>(snapshot: &Snapshot, path: &'p str) -> &'p str {
    let base = snapshot.origin.base_path.as_ref();
    let below = base
        .and_then(|b| path.strip_prefix(b.as_str()))
        .filter(|rest| rest.starts_with('/'));
    below.map_or(path, |rest| &rest[1..])
}

fn discover_here(snapshot: &Snapshot, budget: &Budget) -> Discovery {
    let mut warnings = Vec::new();
    let (program, coverage) = sources::parse(snapshot, budget, &mut warnings);
    let mut found = Found {
        warnings,
        ..Found::default()
    };
    // One line per language.
    let mut of_families = [
        (
            Family::Python,
            surviving(&program, Family::Python, || py::discover(&program, snapshot, budget).into()),
        ),
        (
            Family::Script,
            surviving(&program, Family::Script, || js::discover(&program, snapshot, budget)),
        ),
        (
            Family::Native,
            surviving(&program, Family::Native, || native::discover(&program, snapshot, budget)),
        ),
    ];
    all_live_or_none(&program, &mut of_families);
    for (_, of_family) in of_families {
        found.merge(of_family);
    }
    data::bundles::listed(snapshot, &mut found);
    unread::servers_without_inventory(&program, snapshot, &mut found);
    unread::binaries(snapshot, &mut found);
    several::several_servers(snapshot, &mut found);
    found.finish(budget);
    Discovery {
        inventory: found.inventory,
        program,
        facts: found.facts,
        coverage,
        warnings: found.warnings,
    }
}

/// A family in which dead code was not told apart is live as a whole beside one in which it was.
fn all_live_or_none(program: &Program, of_families: &mut [(Family, Found)]) {
    if of_families.iter().all(|(_, found)| found.facts.live_modules.is_empty()) {
        return;
    }
    for (family, found) in of_families.iter_mut().filter(|(_, f)| f.facts.live_modules.is_empty()) {
        let of_it = program.iter().filter(|(_, m)| Family::of(m.language) == *family);
        found.facts.live_modules = of_it.map(|(id, _)| id).collect();
    }
}

/// Languages that one discovery reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let of_it = |m: &&Module| Family::of(m.language) == family;
        match program.modules.iter().find(of_it) {
            Some(module) => found.gap(Gap {
                at: Location::of_line(module.path.clone(), 1),
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
