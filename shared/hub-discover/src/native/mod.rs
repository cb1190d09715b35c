//! Go, Rust, Java, Kotlin, C#, PHP and Ruby servers: the documented registration forms of each SDK, found in the tree and read
//! with what constants, locals and the program's own helper functions make of them. Nothing is run, nothing is guessed: what is
//! only known at run time is an unknown of the item, or a gap.

mod attributes;
mod builtins;
mod cx;
mod entry;
mod eval;
mod go;
mod handlers;
mod index;
mod made;
mod ruby;
mod rust;
mod schema;
mod units;
mod value;
mod wire;

pub(crate) use entry::is_aside_path;

use crate::Found;
use cx::Cx;
use eval::Eval;
use hub_model::{Budget, Snapshot};
use hub_syntax::Program;
use hub_syntax::ir::Language;
use index::Index;

/// Finds what native servers in the program would list.
pub(crate) fn discover(program: &Program, snapshot: &Snapshot, budget: &Budget) -> Found {
    let all = entry::modules(program, snapshot);
    if all.is_empty() {
        return Found::default();
    }
    let tree = units::Tree::new(program, snapshot, &all);
    let (live, parts) = units::reached(&tree);
    let mut found = read(program, snapshot, &live, budget);
    if found.is_empty() && live.len() < all.len() {
        return read(program, snapshot, &all, budget);
    }
    found.warnings.extend(tree.into_warnings());
    if live.len() < all.len() {
        found.facts.live_modules = live;
    }
    found.parts = parts;
    found
}

fn read(program: &Program, snapshot: &Snapshot, modules: &[hub_syntax::ModuleId], budget: &Budget) -> Found {
    let index = Index::of(program, snapshot, modules);
    let mut cx = Cx {
        eval: Eval::new(program, &index, budget.max_eval_steps, budget.max_eval_bytes),
        found: Found::default(),
        modules: modules.to_vec(),
        rule: "",
        handles: Vec::new(),
    };
    let has = |language: Language| modules.iter().any(|m| program.module(*m).language == language);
    if has(Language::Go) {
        go::discover(&mut cx);
    }
    if has(Language::Rust) {
        rust::discover(&mut cx);
    }
    if [Language::CSharp, Language::Java, Language::Kotlin, Language::Php]
        .into_iter()
        .any(has)
    {
        attributes::discover(&mut cx);
        made::discover(&mut cx);
    }
    if has(Language::Ruby) {
        ruby::discover(&mut cx);
    }
    if cx.found.is_empty() {
        wire::discover(&mut cx);
    }
    handlers::discover(&mut cx);
    cx.found.facts.packages = index.packages();
    if cx.eval.starved.get() {
        cx.found
            .warnings
            .push("constants were evaluated only in part: a limit (HUB_MAX_EVAL_STEPS, HUB_MAX_EVAL_BYTES) was reached".to_owned());
    }
    cx.found
}

#[cfg(test)]
mod tests;
