//! Tools, prompts and resources from the values that describe them.

use super::Reader;
use hub_engine::eval::js::{Kind, ObjId, Slot, Term, Value};
use hub_engine::{ArgumentShape, EntryKind, EntryPoint, FunctionRef};
use hub_model::{Discovered, DiscoveredBy, Gap, Location, Prompt, PromptArgument, Resource, Snapshot, Tool, Unknown};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;

/// Names under which objects keep the parts of a tool.
const INPUT: &[&str] = &[
    "inputSchema",
    "input_schema",
    "parameters",
    "schema",
    "inputs",
    "input",
    "args",
    "paramsSchema",
    "params",
    "argsSchema",
    "zodSchema",
    "shape",
];
const OUTPUT: &[&str] = &["outputSchema", "output_schema"];
const HANDLER: &[&str] = &[
    "handler",
    "execute",
    "cb",
    "callback",
    "run",
    "call",
    "invoke",
    "handle",
    "fn",
    "func",
    "action",
    "toolCallback",
    "implementation",
    "exec",
];

impl Reader<'_, '_> {
    pub(super) fn by(&self) -> DiscoveredBy {
        DiscoveredBy {
            method: Discovered::Static,
            rule: self.rule.to_owned(),
        }
    }

    /// A property that is there and not nothing.
    pub(super) fn prop(&mut self, object: &Value, name: &str) -> Option<Value> {
        if !self.eval.has_property(object, name) {
            return None;
        }
        let value = self.eval.get(object, name);
        (!value.is_nothing()).then_some(value)
    }

    pub(super) fn first_prop(&mut self, object: &Value, names: &[&str]) -> Option<Value> {
        names.iter().find_map(|n| self.prop(object, n))
    }

    pub(super) fn is_object(&self, value: &Value) -> bool {
        matches!(
            self.eval.object_of(value).map(|o| &o.kind),
            Some(Kind::Plain | Kind::Namespace(_) | Kind::Class(_))
        )
    }

    pub(super) fn is_function(&self, value: &Value) -> bool {
        matches!(
            self.eval.object_of(value).map(|o| &o.kind),
            Some(Kind::Function(_) | Kind::Native(_))
        )
    }

    pub(super) fn location(&self, value: &Value) -> Option<Location> {
        let (module, span) = self.eval.object_of(value)?.origin?;
        Some(self.eval.module(module).location(span))
    }

    pub(super) fn call_location(&self, module: ModuleId, expr: ExprId) -> Location {
        let m = self.eval.module(module);
        m.location(m.expr(expr).span)
    }

    /// A tool's name, when it is fully known.
    pub(super) fn name_of(&mut self, value: &Value) -> Option<String> {
        let name = match value.as_str() {
            Some(name) => name.to_owned(),
            None => self.schema_text(value)?,
        };
        let fits = !name.is_empty() && name.len() <= 200 && !name.chars().any(|c| c.is_control() || c.is_whitespace());
        fits.then_some(name)
    }

    /// A text that a schema holds: `Schema.shape.name.value` of a literal, `Schema.description`.
    pub(super) fn schema_text(&mut self, value: &Value) -> Option<String> {
        let Term::Member { base, name } = self.eval.term(value)?.clone() else {
            return None;
        };
        let key = match &*name {
            "value" => "const",
            "description" => "description",
            _ => return None,
        };
        let schema = self.zod(&Value::Ref(base))?;
        schema.json.get(key)?.as_str().map(str::to_owned)
    }

    pub(super) fn gap(&mut self, at: Location, what: &str, reason: String) {
        self.found.gap(Gap {
            at,
            what: what.to_owned(),
            reason,
        });
    }

    /// A tool from its parts; parts that are not known become unknowns.
    pub(super) fn build_tool(
        &mut self,
        name: String,
        description: Option<Value>,
        input: Option<Value>,
        config: Option<&Value>,
        at: Option<Location>,
    ) -> Tool {
        let mut tool = Tool::named(name, Discovered::Static, self.rule);
        tool.declared_at = at;
        if let Some(value) = description {
            tool.description = self.text(&value);
            if value.as_str().is_none() {
                let reason = self.eval.why(&value);
                tool.unknowns.push(Unknown {
                    field: "description".to_owned(),
                    reason,
                });
            }
        }
        if let Some(input) = input {
            let schema = self.schema(&input);
            tool.input_schema = schema.value;
            tool.unknowns.extend(schema.unknowns.into_iter().map(|(path, reason)| Unknown {
                field: if path.is_empty() {
                    "input_schema".to_owned()
                } else {
                    format!("input_schema.{path}")
                },
                reason,
            }));
        }
        if let Some(config) = config {
            if let Some(title) = self.prop(config, "title") {
                tool.title = self.text(&title);
            }
            if let Some(output) = self.first_prop(config, OUTPUT) {
                tool.output_schema = self.schema(&output).value;
            }
            if let Some(annotations) = self.prop(config, "annotations") {
                tool.annotations = self.schema_data(&annotations).filter(serde_json::Value::is_object);
            }
            if let Some(meta) = self.prop(config, "_meta") {
                tool.extra = self.schema_data(&meta).map(|m| serde_json::json!({ "_meta": m }));
            }
        }
        tool
    }

    /// A tool from an object that describes all of it (`{ name, description, inputSchema, handler }`). None when it has no name.
    pub(super) fn tool_object(&mut self, object: &Value, key: Option<&str>, fallback: Option<Location>) -> Option<Tool> {
        if !self.is_object(object) {
            return None;
        }
        // The key under which a framework takes a tool goes before the tool's own id.
        let names: &[&str] = if key.is_some() {
            &["name", "toolName"]
        } else {
            &["name", "toolName", "id"]
        };
        let name_value = self.first_prop(object, names).or_else(|| {
            // `getName()` of tool classes.
            let getter = self.prop(object, "getName")?;
            Some(self.eval.call(&getter, object.clone(), hub_engine::eval::js::Args::default()))
        });
        let at = self.location(object).or(fallback);
        let name = name_value
            .as_ref()
            .and_then(|n| self.name_of(n))
            .or_else(|| if name_value.is_none() { key.map(str::to_owned) } else { None });
        let Some(name) = name else {
            // Descriptions kept one level down: `{ definition: { name, … }, handler }`.
            for inner in [
                "definition",
                "tool",
                "schema",
                "spec",
                "config",
                "metadata",
                "toolDefinition",
                "def",
            ] {
                if let Some(inner) = self.prop(object, inner)
                    && self.is_object(&inner)
                    && self.prop(&inner, "name").is_some()
                    && let Some(tool) = self.tool_object(&inner, None, at.clone())
                {
                    self.entry_of(object, &tool.name);
                    return Some(tool);
                }
            }
            if let (Some(value), Some(at)) = (name_value, at) {
                let reason = self.eval.why(&value);
                self.gap(at, "a tool whose name is not known", reason);
            }
            return None;
        };
        let description = self.first_prop(object, &["description", "desc", "toolDescription"]).or_else(|| {
            let getter = self.prop(object, "getDescription")?;
            Some(self.eval.call(&getter, object.clone(), hub_engine::eval::js::Args::default()))
        });
        let input = self.first_prop(object, INPUT).filter(|v| !self.is_function(v));
        let tool = self.build_tool(name, description, input, Some(object), at);
        self.entry_of(object, &tool.name);
        Some(tool)
    }

    /// Records the handler that an object brings along.
    fn entry_of(&mut self, object: &Value, name: &str) {
        for key in HANDLER {
            if let Some(handler) = self.prop(object, key)
                && self.is_function(&handler)
            {
                self.entry(EntryKind::Tool, name, &handler, ArgumentShape::FirstParameter);
                return;
            }
        }
    }

    /// Records a handler, and the functions that it wraps.
    pub(super) fn entry(&mut self, kind: EntryKind, name: &str, handler: &Value, arguments: ArgumentShape) {
        let Some(closure) = self.eval.closure(handler).cloned() else {
            return;
        };
        let mut functions = vec![FunctionRef {
            module: closure.module,
            function: closure.function,
        }];
        for inner in self.eval.captured_functions(&closure) {
            functions.push(FunctionRef {
                module: inner.module,
                function: inner.function,
            });
        }
        for handler in functions {
            let entries = &self.found.facts.entry_points;
            let same = |e: &EntryPoint| e.handler == handler && e.name == name && e.kind == kind;
            let known = !self.handlers.insert(handler) && entries.iter().any(same);
            if !known && self.found.facts.entry_points.len() < self.max_handlers {
                self.found.facts.entry_points.push(EntryPoint {
                    kind,
                    name: name.to_owned(),
                    handler,
                    arguments: arguments.clone(),
                });
            }
        }
    }

    /// Prompt arguments from a zod shape or from the protocol's list.
    pub(super) fn prompt_arguments(&mut self, value: &Value) -> Vec<PromptArgument> {
        if let Some(items) = self.eval.array(value).map(<[Value]>::to_vec) {
            let mut out = Vec::new();
            for item in items {
                let Some(name) = self.prop(&item, "name").and_then(|n| n.as_str().map(str::to_owned)) else {
                    continue;
                };
                let description = self.prop(&item, "description").and_then(|d| self.text(&d));
                let required = matches!(self.prop(&item, "required"), Some(Value::Bool(true)));
                out.push(PromptArgument {
                    name,
                    description,
                    required,
                });
            }
            return out;
        }
        let Some(schema) = self.schema(value).value else {
            return Vec::new();
        };
        let required: Vec<&str> = schema
            .get("required")
            .and_then(|r| r.as_array())
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str())
            .collect();
        let properties = schema.get("properties").and_then(|p| p.as_object());
        properties
            .into_iter()
            .flatten()
            .map(|(name, p)| PromptArgument {
                name: name.clone(),
                description: p.get("description").and_then(|d| d.as_str()).map(str::to_owned),
                required: required.contains(&name.as_str()),
            })
            .collect()
    }

    pub(super) fn build_prompt(
        &mut self,
        name: String,
        description: Option<Value>,
        arguments: Option<Value>,
        title: Option<Value>,
        at: Option<Location>,
    ) -> Prompt {
        let arguments = arguments.map(|a| self.prompt_arguments(&a)).unwrap_or_default();
        Prompt {
            name,
            title: title.and_then(|t| self.text(&t)),
            description: description.and_then(|d| self.text(&d)),
            arguments,
            text: None,
            declared_at: at,
            discovered_by: self.by(),
            unknowns: Vec::new(),
        }
    }

    pub(super) fn prompt_object(&mut self, object: &Value, fallback: Option<Location>) -> Option<Prompt> {
        let name = self
            .first_prop(object, &["name", "id"])
            .and_then(|n| n.as_str().map(str::to_owned))?;
        let description = self.prop(object, "description");
        let arguments = self.first_prop(object, &["arguments", "argsSchema", "args", "schema", "parameters", "inputSchema"]);
        let title = self.prop(object, "title");
        let at = self.location(object).or(fallback);
        Some(self.build_prompt(name, description, arguments, title, at))
    }

    /// A resource from an object of the protocol's shape.
    pub(super) fn resource_object(&mut self, object: &Value, is_template: bool, fallback: Option<Location>) -> Option<Resource> {
        let uri = self.first_prop(object, &["uri", "uriTemplate"])?;
        let template = is_template || self.prop(object, "uri").is_none();
        let (uri, from_template) = self.uri_of(&uri)?;
        let is_template = template || from_template;
        let resource = self.resource_of(uri, is_template, object);
        Some(Resource {
            declared_at: resource.declared_at.or(fallback),
            ..resource
        })
    }

    /// A resource with what the members of `object` say of it.
    pub(super) fn resource_of(&mut self, uri: String, is_template: bool, object: &Value) -> Resource {
        let text = |r: &mut Self, key: &str| r.prop(object, key).and_then(|v| r.text(&v));
        Resource {
            uri,
            is_template,
            name: text(self, "name"),
            title: text(self, "title"),
            description: text(self, "description"),
            mime_type: text(self, "mimeType"),
            annotations: None,
            declared_at: self.location(object),
            discovered_by: self.by(),
            unknowns: Vec::new(),
        }
    }

    /// A URI, or the URI of a `ResourceTemplate`; and whether it is a template.
    pub(super) fn uri_of(&mut self, value: &Value) -> Option<(String, bool)> {
        if let Some(Term::Call { args, new: true, .. }) = self.eval.term(value) {
            let first = args.first().cloned()?;
            return self.uri_of(&first).map(|(u, _)| (u, true));
        }
        if let Some(text) = value.as_str() {
            return (text.contains(':') && !text.chars().any(char::is_whitespace)).then(|| (text.to_owned(), false));
        }
        if let Some(Term::Template(_)) = self.eval.term(value) {
            let text = self.eval.shown_text(value);
            return text.contains(':').then_some((text, false));
        }
        let inner = self.prop(value, "uriTemplate")?;
        self.uri_of(&inner).map(|(u, _)| (u, true))
    }

    /// Last resort: objects that look like tools, wherever they were made.
    pub(super) fn loose_objects(&mut self) {
        self.rule = "js-tool-like-object";
        for i in 0..self.eval.heap_len() {
            let value = Value::Ref(ObjId(i as u32));
            let Some(object) = self.eval.object_of(&value) else { continue };
            if !matches!(object.kind, Kind::Plain) || object.props.len() < 3 {
                continue;
            }
            let has = |name: &str| object.props.contains_key(name);
            let text = |name: &str| matches!(object.props.get(name), Some(Slot::Value(Value::Str(_))));
            let schema = ["inputSchema", "input_schema", "parameters", "parametersSchema"]
                .iter()
                .any(|k| has(k));
            if text("name")
                && has("description")
                && schema
                && let Some(tool) = self.tool_object(&value, None, None)
            {
                self.found.tool(tool);
            }
        }
    }

    /// Tools that stand in data files, with the schemas of the modules that they name.
    pub(super) fn read_manifests(&mut self, snapshot: &Snapshot) {
        self.rule = "data-tool-manifest";
        for manifest in crate::data::manifests::manifests(snapshot) {
            let mut tool = Tool::named(manifest.name, Discovered::Static, self.rule);
            tool.title = manifest.title;
            tool.description = Some(manifest.description);
            tool.annotations = manifest.annotations;
            tool.input_schema = manifest.input_schema;
            tool.declared_at = Some(manifest.at);
            if let Some(module) = manifest.module.and_then(|m| self.module_named(&m)) {
                self.eval.run_module(module);
                if tool.input_schema.is_none()
                    && let Some(schema) = ["schema", "inputSchema", "paramsSchema"]
                        .iter()
                        .find_map(|n| self.eval.export(module, n))
                {
                    tool.input_schema = self.schema(&schema).value;
                }
                if let Some(handler) = ["handler", "execute", "default"].iter().find_map(|n| self.eval.export(module, n)) {
                    self.entry(EntryKind::Tool, &tool.name, &handler, ArgumentShape::FirstParameter);
                }
            }
            self.found.tool(tool);
        }
    }

    /// The module whose path ends as a manifest writes it, with or without an extension.
    fn module_named(&self, written: &str) -> Option<ModuleId> {
        let written = written.trim_start_matches(['.', '/']);
        if written.is_empty() {
            return None;
        }
        let ends = |path: &str| {
            let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            [path, stem]
                .iter()
                .any(|p| p.strip_suffix(written).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
        };
        self.eval.program().iter().find(|(_, m)| ends(m.path.as_str())).map(|(id, _)| id)
    }
}
