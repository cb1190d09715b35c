//! The snapshot as the evaluator sees it.

use hub_engine::eval::World;
use hub_model::{Budget, Snapshot};
use hub_syntax::ir::Module;
use hub_syntax::{JsResolver, ModuleId, Program};
use std::collections::BTreeMap;

pub(super) struct SnapshotWorld<'s> {
    pub(super) resolver: JsResolver,
    files: BTreeMap<&'s str, &'s str>,
}

impl<'s> SnapshotWorld<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, budget: &Budget) -> Self {
        let files: BTreeMap<&str, &str> = snapshot.files.iter().map(|f| (f.path.as_str(), f.text.as_str())).collect();
        let resolver = JsResolver::new(snapshot.files.iter().map(|f| (&f.path, f.text.as_str())), budget);
        Self { resolver, files }
    }
}

impl World for SnapshotWorld<'_> {
    fn resolve(&self, program: &Program, from: &Module, specifier: &str) -> Option<ModuleId> {
        self.resolver.resolve(program, &from.path, specifier)
    }

    fn read(&self, path: &str) -> Option<&str> {
        self.files.get(path).copied()
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{}/", path.trim_end_matches('/'))
        };
        let mut names: Vec<String> = Vec::new();
        for key in self
            .files
            .range(prefix.as_str()..)
            .map(|(k, _)| *k)
            .take_while(|k| k.starts_with(&prefix))
        {
            let name = key[prefix.len()..].split('/').next().unwrap_or_default();
            if names.last().is_none_or(|n| n != name) {
                names.push(name.to_owned());
            }
        }
        (!names.is_empty()).then_some(names)
    }

    fn yaml(&self, text: &str) -> Option<serde_json::Value> {
        if text.len() > 4 << 20 {
            return None;
        }
        serde_yaml_ng::from_str(text).ok()
    }
}
