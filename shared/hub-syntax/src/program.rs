//! All modules of one artifact.

use crate::ir::Module;
use rustc_hash::FxHashMap;

/// A module of a [`Program`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

/// The lowered modules of an artifact, in path order.
#[derive(Debug, Default)]
pub struct Program {
    pub modules: Vec<Module>,
    by_path: FxHashMap<String, ModuleId>,
}

impl Program {
    /// A program of these modules.
    #[must_use]
    pub fn new(modules: Vec<Module>) -> Self {
        let by_path = modules
            .iter()
            .enumerate()
            .map(|(i, m)| (m.path.as_str().to_owned(), ModuleId(i as u32)))
            .collect();
        Self { modules, by_path }
    }

    #[must_use]
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    /// The module at exactly this path.
    #[must_use]
    pub fn find_path(&self, path: &str) -> Option<ModuleId> {
        self.by_path.get(path).copied()
    }

    /// Ids and modules, in path order.
    pub fn iter(&self) -> impl Iterator<Item = (ModuleId, &Module)> {
        self.modules.iter().enumerate().map(|(i, m)| (ModuleId(i as u32), m))
    }
}
