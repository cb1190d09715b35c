//! What lies around the program.

use hub_syntax::ir::Module;
use hub_syntax::{ModuleId, Program};

/// What the evaluator may ask about the artifact around the program: nothing outside of it is ever touched.
pub trait World {
    /// The module an import means; none when it lies outside of the program.
    fn resolve(&self, program: &Program, from: &Module, specifier: &str) -> Option<ModuleId>;
    /// The text of a file of the snapshot.
    fn read(&self, path: &str) -> Option<&str>;
    /// Names in a folder of the snapshot; none when there is no such folder.
    fn list(&self, path: &str) -> Option<Vec<String>>;
    /// A text in YAML as JSON.
    fn yaml(&self, _text: &str) -> Option<serde_json::Value> {
        None
    }
}

/// A world without files or imports.
#[derive(Debug, Default)]
pub struct NoWorld;

impl World for NoWorld {
    fn resolve(&self, _: &Program, _: &Module, _: &str) -> Option<ModuleId> {
        None
    }
    fn read(&self, _: &str) -> Option<&str> {
        None
    }
    fn list(&self, _: &str) -> Option<Vec<String>> {
        None
    }
}
