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
        let Some(kind) = ["tools", "prompts", "resources"].into_iter().find(|folder| in_folder(folder)) else {
            continue;
        };
        if by_class {
            reader.rule = "js-mcp-framework";
            for name in reader.eval.export_names(id) {
                let Some(class) = reader.eval.export(id, &name) else { continue };
                let instance = match reader.eval.object_of(&class).map(|o| &o.kind) {
                    Some(Kind::Class(_)) => reader.eval.construct_unknown(&class),
                    _ => class,
                };
                reader.by_convention(kind, &instance, None);
            }
        }
        if by_export {
            reader.rule = "js-xmcp";
            let metadata = reader.eval.export(id, "metadata").unwrap_or(Value::Undefined);
            let schema = reader.eval.export(id, "schema");
            // The path below the folder is the address: `resources/(users)/[id]/profile.ts` is `users://{id}/profile`.
            if kind == "resources" {
                reader.resource_by_path(path, &metadata);
            } else {
                reader.by_convention(kind, &metadata, schema);
            }
        }
    }
    reader.read_events(read);
}

impl Reader<'_, '_> {
    /// What lies in a folder of its kind; `schema` where that stands apart from the description.
    fn by_convention(&mut self, kind: &str, described: &Value, schema: Option<Value>) {
        match kind {
            "tools" => {
                if let Some(mut tool) = self.tool_object(described, None, None) {
                    if let Some(schema) = schema {
                        tool.input_schema = self.schema(&schema).value;
                    }
                    self.found.tool(tool);
                }
            }
            "prompts" => {
                let text = |r: &mut Self, key: &str| r.prop(described, key).and_then(|v| r.name_of(&v));
                if let Some(name) = text(self, "name") {
                    let (description, title) = (self.prop(described, "description"), self.prop(described, "title"));
                    let schema = schema.or_else(|| self.prop(described, "schema"));
                    let at = self.location(described);
                    let prompt = self.build_prompt(name, description, schema, title, at);
                    self.found.prompt(prompt);
                }
            }
            _ => {
                if let Some(resource) = self.resource_object(described, false, None) {
                    self.found.resource(resource);
                }
            }
        }
    }

    /// The resource at a path below `resources`: a folder in parentheses is the scheme, what stands in brackets a parameter.
    fn resource_by_path(&mut self, path: &str, metadata: &Value) {
        let Some((_, below)) = path.rsplit_once("resources/") else { return };
        let below = below.rsplit_once('.').map_or(below, |(stem, _)| stem);
        let (mut scheme, mut parts, mut is_template) = (None, Vec::new(), false);
        for part in below.split('/') {
            if let Some(name) = part.strip_prefix('(').and_then(|p| p.strip_suffix(')')) {
                scheme = scheme.or(Some(name));
            } else if let Some(name) = part.strip_prefix('[').and_then(|p| p.strip_suffix(']')) {
                is_template = true;
                parts.push(format!("{{{name}}}"));
            } else if part != "index" {
                parts.push(part.to_owned());
            }
        }
        let uri = format!("{}://{}", scheme.unwrap_or("resource"), parts.join("/"));
        let resource = self.resource_of(uri, is_template, metadata);
        self.found.resource(resource);
    }
}
