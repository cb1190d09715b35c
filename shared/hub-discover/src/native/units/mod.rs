//! The programs of a tree: what is built to be started, and which modules each is built from. What none of them reaches is dead
//! code, and each of them is a server of its own, which a base path can choose.

mod cargo;
mod dotnet;
mod go;
mod jvm;
mod packages;

use crate::Part;
use hub_model::{RelPath, Snapshot};
use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, Program};
use rustc_hash::FxHashSet;
use std::cell::RefCell;

pub(super) use go::{modules as go_modules, own_folder};

/// One program.
pub(super) struct Unit {
    /// The folder or file that a base path names to choose it.
    start: String,
    modules: FxHashSet<ModuleId>,
}

/// How the programs of a language are told apart.
type Units = fn(&Tree<'_>) -> Vec<Unit>;

/// What the tree holds, as far as it can be told.
pub(super) struct Tree<'t> {
    program: &'t Program,
    snapshot: &'t Snapshot,
    /// Modules that may be part of a server.
    modules: &'t [ModuleId],
    /// What could not be told apart.
    warnings: RefCell<Vec<String>>,
}

impl<'t> Tree<'t> {
    pub(super) fn new(program: &'t Program, snapshot: &'t Snapshot, modules: &'t [ModuleId]) -> Self {
        Self {
            program,
            snapshot,
            modules,
            warnings: RefCell::default(),
        }
    }

    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    /// The modules of these languages.
    fn of(&self, languages: &'static [Language]) -> impl Iterator<Item = ModuleId> {
        let counts = |id: &ModuleId| languages.contains(&self.program.module(*id).language);
        self.modules.iter().copied().filter(counts)
    }

    fn path(&self, id: ModuleId) -> &'t RelPath {
        &self.program.module(id).path
    }

    fn text(&self, id: ModuleId) -> &'t str {
        &self.program.module(id).source
    }

    /// Folders and texts of the manifests that `is` names, the deepest folder first.
    fn manifests(&self, is: impl Fn(&RelPath) -> bool) -> Vec<(&'t str, &'t RelPath, &'t str)> {
        let files = self
            .snapshot
            .files
            .iter()
            .filter(|f| is(&f.path) && !super::entry::is_aside_path(crate::inside(self.snapshot, f.path.as_str())));
        let mut out: Vec<_> = files.map(|f| (f.path.parent(), &f.path, &*f.text)).collect();
        out.sort_by_key(|(dir, path, _)| (std::cmp::Reverse(dir.len()), *path));
        out
    }
}

/// Whether a path is a folder or lies in it.
fn within(dir: &str, path: &str) -> bool {
    dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The modules that count, and the programs they belong to. A language in which no program was made out counts as a whole; where a
/// base path is given, only the programs that start there count.
pub(super) fn reached(tree: &Tree<'_>) -> (Vec<ModuleId>, Vec<Part>) {
    const FAMILIES: &[(&[Language], Units)] = &[
        (&[Language::Go], go::units),
        (&[Language::Rust], cargo::units),
        (&[Language::CSharp], dotnet::units),
        (&[Language::Java, Language::Kotlin], jvm::units),
        (&[Language::Php], packages::php),
        (&[Language::Ruby], packages::ruby),
    ];
    let base = tree.snapshot.origin.base_path.as_ref();
    let mut live: FxHashSet<ModuleId> = FxHashSet::default();
    let mut parts = Vec::new();
    for (languages, units_of) in FAMILIES {
        let all: FxHashSet<ModuleId> = tree.of(languages).collect();
        if all.is_empty() {
            continue;
        }
        let mut units = units_of(tree);
        units.retain(|u| !u.modules.is_empty() && base.is_none_or(|b| within(b.as_str(), &u.start)));
        if units.is_empty() {
            live.extend(all);
        }
        for unit in units {
            live.extend(unit.modules.iter().copied());
            parts.push(Part {
                start: unit.start,
                files: unit.modules.iter().map(|m| tree.path(*m).clone()).collect(),
            });
        }
    }
    let counts = |id: &ModuleId| live.contains(id);
    (tree.modules.iter().copied().filter(counts).collect(), parts)
}
