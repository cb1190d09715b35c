//! Frameworks that find their tools by convention: folders of classes or of modules with known exports.

use super::Reader;
use hub_engine::eval::js::{Kind, Value};
use hub_syntax::JsResolver;

/// Looks for tools, prompts and resources in the folders that these frameworks load.
pub(super) fn discover(reader: &mut Reader<'_, '_>, resolver: &JsResolver, read: &mut usize) {
    let depends = |name: &str| {
        resolver.packages().iter().any(|p| {
            ["dependencies", "devDependencies"]
                .iter()
                .any(|k| p.manifest.get(*k).and_then(|d| d.get(name)).is_some())
        })
    };
    let by_class = depends("mcp-framework");
    let by_export = depends("xmcp");
    if !by_class && !by_export {
        return;
    }
    let program = reader.eval.program();
    for (id, module) in program.iter() {
        let path = module.path.as_str();
        let in_folder = |folder: &str| path.split('/').rev().skip(1).any(|s| s == folder);
        if !module.language.is_script() || super::entry::is_test_path(crate::inside(reader.snapshot, path)) {
            continue;
        }
        if by_class && in_folder("tools") {
            reader.rule = "js-mcp-framework";
            for name in reader.eval.export_names(id) {
                let Some(class) = reader.eval.export(id, &name) else { continue };
                let instance = match reader.eval.object_of(&class).map(|o| &o.kind) {
                    Some(Kind::Class(_)) => reader.eval.construct_unknown(&class),
                    _ => class,
                };
                if let Some(tool) = reader.tool_object(&instance, None, None) {
                    reader.found.tool(tool);
                }
            }
        }
        if by_export && in_folder("tools") {
            reader.rule = "js-xmcp";
            let metadata = reader.eval.export(id, "metadata").unwrap_or(Value::Undefined);
            let schema = reader.eval.export(id, "schema");
            if let Some(mut tool) = reader.tool_object(&metadata, None, None) {
                if let Some(schema) = schema {
                    tool.input_schema = reader.schema(&schema).value;
                }
                reader.found.tool(tool);
            }
        }
    }
    reader.read_events(read);
}
