//! The snapshot as the evaluator sees it.

use crate::files::Files;
use hub_engine::eval::World;
use hub_model::{Budget, Snapshot};
use hub_syntax::ir::Module;
use hub_syntax::{JsResolver, ModuleId, Program};

pub(super) struct SnapshotWorld<'s> {
    pub(super) resolver: JsResolver,
    files: Files<'s>,
}

impl<'s> SnapshotWorld<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, budget: &Budget) -> Self {
        let resolver = JsResolver::new(snapshot.files.iter().map(|f| (&f.path, &*f.text)), budget);
        Self {
            resolver,
            files: Files::new(snapshot),
        }
    }
}

impl World for SnapshotWorld<'_> {
    fn resolve(&self, program: &Program, from: &Module, specifier: &str) -> Option<ModuleId> {
        self.resolver.resolve(program, &from.path, specifier)
    }

    fn read(&self, path: &str) -> Option<&str> {
        self.files.read(path)
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        self.files.list(path)
    }

    fn yaml(&self, text: &str) -> Option<serde_json::Value> {
        if text.len() > 4 << 20 {
            return None;
        }
        crate::data::yaml(text)
    }
}
