//! What was registered becomes the inventory, and its handlers become entry points.

use super::docstring;
use super::interp::Interp;
use super::server::{Kind, Registered, Server, What};
use super::value::{Args, Func, Instance, Name, Value, last};
use super::{DocStyle, Found};
use hub_engine::{ArgumentShape, EntryKind, EntryPoint, FunctionRef};
use hub_model::{Discovered, DiscoveredBy, Gap, Location, Prompt, PromptArgument, Resource, Tool, Unknown};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ParamKind, PatKind};
use hub_syntax::py::clean_doc;
use rustc_hash::FxHashSet;
use serde_json::Value as Json;
use std::rc::Rc;

/// A function with what is bound to it.
struct Callable {
    func: Rc<Func>,
    /// Its first parameter is the object it is a method of.
    bound: bool,
    /// Parameters given by `functools.partial`.
    given: Vec<Name>,
}

pub(super) struct Emitter<'i, 'a> {
    pub(super) interp: &'i mut Interp<'a>,
    pub(super) docs: DocStyle,
    pub(super) max_items: usize,
    pub(super) found: Found,
    /// A document was read that the program had finished with.
    pub(super) finished_document: bool,
    seen: FxHashSet<(u8, String)>,
}

impl<'i, 'a> Emitter<'i, 'a> {
    pub(super) fn new(interp: &'i mut Interp<'a>, docs: DocStyle, max_items: usize) -> Self {
        Self {
            interp,
            docs,
            max_items,
            found: Found::default(),
            finished_document: false,
            seen: FxHashSet::default(),
        }
    }

    /// Everything that the servers found would list.
    pub(super) fn run(mut self) -> Found {
        let servers = self.interp.servers.clone();
        for server in &servers {
            if !server.mounted.get() {
                self.server(server, &[], 0);
            }
        }
        self.found.inventory.gaps.append(&mut self.interp.gaps);
        self.found
    }

    fn server(&mut self, server: &Rc<Server>, prefixes: &[Rc<str>], depth: usize) {
        if depth > 8 {
            return;
        }
        let info = &mut self.found.inventory.server;
        let offers = !server.registered.borrow().is_empty()
            || !server.handlers.borrow().is_empty()
            || !server.mounts.borrow().is_empty()
            || server.document.borrow().is_some();
        if info.name.is_none() && !server.assumed && depth == 0 && offers {
            info.name = server.get_attr("name").and_then(|v| v.as_str()).map(|s| s.to_string());
            info.title = server.get_attr("title").and_then(|v| v.as_str()).map(|s| s.to_string());
            info.version = server.get_attr("version").and_then(|v| v.as_str()).map(|s| s.to_string());
            info.instructions = server.get_attr("instructions").and_then(|v| v.as_str()).map(|s| s.to_string());
        }
        let registered: Vec<Registered> = std::mem::take(&mut *server.registered.borrow_mut());
        for one in &registered {
            for item in one.item.alternatives() {
                match one.what {
                    What::Tool => self.tool(server, one, &item, prefixes),
                    What::Prompt => self.prompt(server, one, &item, prefixes),
                    What::Resource => self.resource(server, one, &item, prefixes),
                    What::Route => {
                        if let Some(callable) = self.callable(&item) {
                            self.entry(EntryKind::HttpRoute, "*", &callable, ArgumentShape::FirstParameter);
                        }
                    }
                }
            }
        }
        *server.registered.borrow_mut() = registered;
        for item in server.table() {
            for item in item.alternatives() {
                let one = Registered {
                    what: What::Tool,
                    item: item.clone(),
                    args: Args::default(),
                    at: server.at,
                    rule: "py-tool-table",
                };
                self.tool(server, &one, &item, prefixes);
            }
        }
        let handlers: Vec<(Name, Value)> = server.handlers.borrow().clone();
        for (name, handler) in &handlers {
            self.handler(name, handler, prefixes);
        }
        let mounts: Vec<(Option<Value>, Rc<Server>)> = server.mounts.borrow().clone();
        for (prefix, sub) in mounts {
            let mut inner = prefixes.to_vec();
            inner.extend(prefix.and_then(|p| p.as_str()).filter(|p| !p.is_empty()));
            self.server(&sub, &inner, depth + 1);
        }
        let document = server.document.borrow_mut().take();
        if let Some(document) = document {
            super::openapi::emit(self, &document, prefixes);
        }
    }

    pub(super) fn location(&self, at: Option<(ModuleId, ExprId)>) -> Option<Location> {
        at.map(|(module, expr)| {
            let module = self.interp.program.module(module);
            module.location(module.expr(expr).span)
        })
    }

    fn function_location(&self, func: &Func) -> Location {
        let module = self.interp.program.module(func.module);
        let function = module.function(func.id);
        // The decorators belong to the declaration.
        module.location(function.span)
    }

    fn gap(&mut self, at: Option<Location>, what: &str, reason: &str) {
        if let Some(at) = at
            && self.found.inventory.gaps.len() < 500
            && !self.found.inventory.gaps.iter().any(|gap| gap.at == at && gap.what == what)
        {
            self.found.inventory.gaps.push(Gap {
                at,
                what: what.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    /// The function in a value.
    fn callable(&mut self, value: &Value) -> Option<Callable> {
        match value {
            Value::Func(func) => Some(Callable {
                func: func.clone(),
                bound: false,
                given: Vec::new(),
            }),
            Value::Method(method) => Some(Callable {
                func: method.1.clone(),
                bound: true,
                given: Vec::new(),
            }),
            Value::Made(made) if made.name() == "partial" => {
                let inner = made.args.pos.first()?.plain();
                let mut callable = self.callable(&inner)?;
                callable.given.extend(made.args.kw.iter().map(|(name, _)| name.clone()));
                let skip = usize::from(callable.bound);
                let names: Vec<Name> = self
                    .interp
                    .parameters(&callable.func)
                    .into_iter()
                    .map(|(name, _, _)| name)
                    .collect();
                callable.given.extend(names.into_iter().skip(skip).take(made.args.pos.len() - 1));
                Some(callable)
            }
            Value::Made(made) if matches!(made.name(), "staticmethod" | "classmethod") => {
                let inner = made.args.pos.first()?.plain();
                let mut callable = self.callable(&inner)?;
                callable.bound |= made.name() == "classmethod";
                Some(callable)
            }
            Value::Instance(instance) => match super::interp::class_lookup(&instance.class, "__call__")?.0 {
                Value::Func(func) => Some(Callable {
                    func,
                    bound: true,
                    given: Vec::new(),
                }),
                _ => None,
            },
            Value::Likely(_) | Value::Choice(_) => {
                let plain = value.plain();
                self.callable(&plain)
            }
            _ => None,
        }
    }

    fn entry(&mut self, kind: EntryKind, name: &str, callable: &Callable, arguments: ArgumentShape) {
        let func = super::attr::innermost(&callable.func);
        let handler = FunctionRef {
            module: func.module,
            function: func.id,
        };
        let known = self
            .found
            .entry_points
            .iter()
            .any(|entry| entry.handler == handler && entry.kind == kind && entry.name == name);
        if !known && self.found.entry_points.len() < self.max_items {
            self.found.entry_points.push(EntryPoint {
                kind,
                name: name.to_owned(),
                handler,
                arguments,
            });
        }
    }

    fn first_time(&mut self, kind: u8, name: &str) -> bool {
        self.seen.len() < 3 * self.max_items && self.seen.insert((kind, name.to_owned()))
    }

    fn prefixed(prefixes: &[Rc<str>], name: &str) -> String {
        let mut out = String::new();
        for prefix in prefixes {
            out.push_str(prefix);
            out.push('_');
        }
        out + name
    }

    /// A docstring as the server would serve it, and what it says of parameters.
    fn doc(&mut self, func: &Rc<Func>, kind: Kind) -> docstring::Parsed {
        let Some(raw) = self.interp.function_doc_raw(func) else {
            return docstring::Parsed::default();
        };
        let clean = clean_doc(&raw);
        match (kind, self.docs) {
            (Kind::FastMcp, DocStyle::Split) => docstring::parse(&clean, false),
            (Kind::FastMcp, DocStyle::SplitParameters) => docstring::parse(&clean, true),
            _ => docstring::Parsed {
                description: clean,
                ..docstring::Parsed::default()
            },
        }
    }

    fn tool(&mut self, server: &Server, one: &Registered, item: &Value, prefixes: &[Rc<str>]) {
        if let Value::Made(made) = item
            && last(&made.path) != "partial"
            && !matches!(made.name(), "staticmethod" | "classmethod")
        {
            if made.name() == "from_function" {
                let func = made.args.get(0, "fn").cloned().unwrap_or(Value::None);
                let args = Args {
                    pos: made.args.pos.iter().skip(1).cloned().collect(),
                    ..made.args.clone()
                };
                let inner = Registered {
                    what: What::Tool,
                    item: func.clone(),
                    args,
                    at: made.at.or(one.at),
                    rule: "py-tool-from-function",
                };
                self.tool(server, &inner, &func, prefixes);
                return;
            }
            self.described(item, one.at, one.rule, prefixes);
            return;
        }
        if let Value::Instance(instance) = item
            && !item.is_function()
        {
            let inner = ["fn", "func", "function", "handler"]
                .into_iter()
                .find_map(|name| instance.attrs.borrow().get(name).cloned().filter(Value::is_function));
            let own_schema = instance.attrs.borrow().contains_key("parameters") || instance.attrs.borrow().contains_key("inputSchema");
            match inner {
                Some(inner) if !own_schema => {
                    let mut args = one.args.clone();
                    for name in ["name", "description", "title", "annotations"] {
                        if let (Some(value), None) = (instance.attrs.borrow().get(name).cloned(), args.kw(name)) {
                            args.kw.push((name.into(), value));
                        }
                    }
                    let inner_one = Registered {
                        what: What::Tool,
                        item: inner.clone(),
                        args,
                        at: one.at,
                        rule: one.rule,
                    };
                    self.tool(server, &inner_one, &inner, prefixes);
                }
                _ => self.described(item, one.at, one.rule, prefixes),
            }
            return;
        }
        let Some(callable) = self.callable(item) else {
            // A text, a class or a list cannot be registered: such a value stands here only because a condition is unknown.
            if matches!(item, Value::Unknown(_) | Value::Made(_) | Value::External(_) | Value::Bound(_)) && !server.assumed {
                let at = self.location(one.at);
                self.gap(at, "a tool that is no function of the source", &reason(item));
            }
            return;
        };
        let func = callable.func.clone();
        let args = self.with_marks(&func, &one.args);
        let name = match args
            .kw("name")
            .or_else(|| args.pos.iter().find(|v| v.as_str().is_some() || v.is_unknown()))
        {
            Some(Value::None) | None => self.interp.function_name(&func).map(|n| n.to_string()),
            Some(value) => match value.as_str() {
                Some(name) => Some(name.to_string()),
                None => {
                    let at = self.location(one.at).or_else(|| Some(self.function_location(&func)));
                    self.gap(at, "a tool with a computed name", &reason(value));
                    return;
                }
            },
        };
        let Some(name) = name else { return };
        let shown = Self::prefixed(prefixes, &name);
        let docs = self.doc(&func, server.kind);
        let mut tool = Tool::named(shown.clone(), Discovered::Static, one.rule);
        let positional = args
            .pos
            .iter()
            .filter_map(Value::as_str)
            .skip(1)
            .find(|text| text.contains(' '))
            .map(Value::Str);
        let description = args.kw("description").cloned().or(positional);
        match description {
            Some(value) if !matches!(value.plain(), Value::None) => match self.interp.text_of(&value) {
                Some(text) if text.is_empty() => tool.description = Some(docs.description.clone()),
                Some(text) => tool.description = Some(text.to_string()),
                None => tool.unknowns.push(Unknown {
                    field: "description".into(),
                    reason: reason(&value),
                }),
            },
            _ if docs.description.is_empty() && server.kind == Kind::FastMcp => {}
            _ => tool.description = Some(docs.description.clone()),
        }
        tool.title = args.kw("title").and_then(Value::as_str).map(|s| s.to_string());
        if let Some(annotations) = args.kw("annotations").cloned() {
            tool.annotations = self.annotations(&annotations);
        }
        let mut given = callable.given.clone();
        if let Some(excluded) = args.kw("exclude_args").cloned() {
            let (items, _) = self.interp.iterate(&excluded);
            given.extend(items.iter().filter_map(Value::as_str));
        }
        let signature = self.interp.signature(&func, callable.bound, server.kind, &given, &docs);
        tool.unknowns
            .extend(signature.unknowns.into_iter().map(|(field, reason)| Unknown { field, reason }));
        tool.input_schema = Some(signature.schema);
        tool.output_schema = match args.kw("output_schema").or_else(|| args.kw("structured_output")).cloned() {
            Some(Value::None | Value::Bool(false)) => None,
            Some(schema @ (Value::Dict(_) | Value::Made(_) | Value::Class(_))) => self.schema_value(&schema).0,
            _ => self.interp.output_schema(&func, server.kind),
        };
        if let Some(meta) = args.kw("meta").cloned()
            && let Some(meta) = self.interp.json(&meta, 0).filter(Json::is_object)
        {
            tool.extra = Some(serde_json::json!({ "_meta": meta }));
        }
        tool.declared_at = Some(self.function_location(&super::attr::innermost(&func)));
        self.entry(
            EntryKind::Tool,
            &shown,
            &callable,
            ArgumentShape::EachParameter { except: signature.except },
        );
        self.push_tool(tool);
    }

    /// Arguments of a registration together with those of a decorator that only marked the function.
    fn with_marks(&mut self, func: &Rc<Func>, args: &Args) -> Args {
        let mut out = args.clone();
        let marks = func.attrs.borrow().get("\u{0}marks").cloned();
        if let Some(Value::Made(marks)) = marks {
            for (name, value) in &marks.args.kw {
                if out.kw(name).is_none() {
                    out.kw.push((name.clone(), value.clone()));
                }
            }
            if out.pos.is_empty() {
                out.pos.extend(marks.args.pos.iter().cloned());
            }
        }
        out
    }

    pub(super) fn push_tool(&mut self, tool: Tool) {
        if self.first_time(0, &tool.name.clone()) {
            self.found.inventory.tools.push(tool);
        }
    }

    pub(super) fn push_resource(&mut self, resource: Resource) {
        if self.first_time(2, &resource.uri.clone()) {
            self.found.inventory.resources.push(resource);
        }
    }

    /// An attribute of something that describes itself, under one of several names.
    fn field(&mut self, item: &Value, names: &[&str]) -> Option<Value> {
        for name in names {
            let value = match item {
                Value::Dict(dict) => dict.entries.borrow().get_str(name).cloned(),
                Value::Made(made) => made.attrs.borrow().get(*name).cloned().or_else(|| made.args.kw(name).cloned()),
                Value::Instance(instance) => {
                    let own = instance.attrs.borrow().get(*name).cloned();
                    own.or_else(|| super::interp::class_lookup(&instance.class, name).map(|_| self.interp.get_attr(item, name)))
                }
                _ => None,
            };
            match value {
                Some(Value::Method(_) | Value::Func(_) | Value::Bound(_)) | None => {}
                Some(Value::Made(made)) if matches!(made.name(), "Field" | "field" | "property") => {}
                Some(value) => return Some(value),
            }
        }
        None
    }

    /// A tool that is an object with a name and a schema.
    fn described(&mut self, item: &Value, at: Option<(ModuleId, ExprId)>, rule: &'static str, prefixes: &[Rc<str>]) {
        if let Some(inner) = super::attr::wrapped_tool(item) {
            let mut args = Args::default();
            for name in ["name", "description", "title"] {
                if let Some(value) = self.field(item, &[name]) {
                    args.kw.push((name.into(), value));
                }
            }
            let one = Registered {
                what: What::Tool,
                item: inner.clone(),
                args,
                at,
                rule: "py-library-tool",
            };
            self.tool(&Server::new(Kind::LowLevel, None), &one, &inner, prefixes);
            return;
        }
        let own_at = match item {
            Value::Made(made) => made.at.or(at),
            _ => at,
        };
        let place = self.location(own_at).or_else(|| match item {
            Value::Instance(instance) => Some(self.class_location(instance)),
            _ => None,
        });
        let name = self.field(item, &["name", "tool_name"]);
        let Some(name_text) = name.as_ref().and_then(Value::as_str) else {
            let why = match &name {
                Some(value) => reason(value),
                None if matches!(item, Value::Made(made) if made.args.open) => "its fields are filled at run time".to_owned(),
                None => "it has no name in the source".to_owned(),
            };
            self.gap(place, "a tool with a computed name", &why);
            return;
        };
        let mut tool = Tool::named(Self::prefixed(prefixes, &name_text), Discovered::Static, rule);
        match self.field(item, &["description"]) {
            Some(Value::None) | None => {}
            Some(value) => match self.interp.text_of(&value) {
                Some(text) => tool.description = Some(text.to_string()),
                None => tool.unknowns.push(Unknown {
                    field: "description".into(),
                    reason: reason(&value),
                }),
            },
        }
        tool.title = self.field(item, &["title"]).and_then(|v| v.as_str()).map(|s| s.to_string());
        let schema = self.field(item, &["inputSchema", "input_schema", "parameters", "schema"]);
        match schema {
            Some(value) => match self.schema_value(&value) {
                (Some(schema), whole) => {
                    tool.input_schema = Some(schema);
                    if !whole {
                        tool.unknowns.push(Unknown {
                            field: "input_schema".into(),
                            reason: "parts of it are computed at run time".into(),
                        });
                    }
                }
                (None, _) => tool.unknowns.push(Unknown {
                    field: "input_schema".into(),
                    reason: reason(&value),
                }),
            },
            None => tool.unknowns.push(Unknown {
                field: "input_schema".into(),
                reason: "it is not in the source".into(),
            }),
        }
        for (names, slot) in [(&["outputSchema", "output_schema"][..], 0), (&["annotations"][..], 1)] {
            if let Some(value) = self.field(item, names) {
                if slot == 0 {
                    tool.output_schema = self.schema_value(&value).0;
                } else {
                    tool.annotations = self.annotations(&value);
                }
            }
        }
        tool.declared_at = place;
        self.push_tool(tool);
    }

    /// `ToolAnnotations(…)` as served: the official SDK takes its fields in snake case as well.
    fn annotations(&mut self, value: &Value) -> Option<Json> {
        let Some(Json::Object(map)) = self.interp.json_known(value, 0, &mut true) else {
            return None;
        };
        let served = map.into_iter().map(|(key, value)| {
            let key = match key.as_str() {
                "read_only_hint" => "readOnlyHint".to_owned(),
                "destructive_hint" => "destructiveHint".to_owned(),
                "idempotent_hint" => "idempotentHint".to_owned(),
                "open_world_hint" => "openWorldHint".to_owned(),
                _ => key,
            };
            (key, value)
        });
        Some(Json::Object(served.collect()))
    }

    fn class_location(&self, instance: &Instance) -> Location {
        let module = self.interp.program.module(instance.class.module);
        module.location(module.class(instance.class.id).span)
    }

    /// A JSON Schema, or the model that stands for one.
    fn schema_value(&mut self, value: &Value) -> (Option<Json>, bool) {
        match value.plain() {
            Value::Class(class) => (Some(self.interp.class_schema(&class)), true),
            other => {
                let mut whole = true;
                let json = self.interp.json_known(&other, 0, &mut whole).filter(Json::is_object);
                (json, whole)
            }
        }
    }

    fn prompt(&mut self, server: &Server, one: &Registered, item: &Value, prefixes: &[Rc<str>]) {
        if let Value::Made(made) = item
            && matches!(made.name(), "from_function")
        {
            let func = made.args.get(0, "fn").cloned().unwrap_or(Value::None);
            let args = Args {
                pos: made.args.pos.iter().skip(1).cloned().collect(),
                ..made.args.clone()
            };
            let inner = Registered {
                what: What::Prompt,
                item: func.clone(),
                args,
                at: made.at.or(one.at),
                rule: "py-prompt-from-function",
            };
            self.prompt(server, &inner, &func, prefixes);
            return;
        }
        let Some(callable) = self.callable(item) else {
            self.described_prompt(item, one.at, one.rule, prefixes);
            return;
        };
        let func = callable.func.clone();
        let args = self.with_marks(&func, &one.args);
        let name = match args.kw("name").or_else(|| args.pos.first()) {
            Some(Value::None) | None => self.interp.function_name(&func).map(|n| n.to_string()),
            Some(value) => match value.as_str() {
                Some(name) => Some(name.to_string()),
                None => {
                    let at = Some(self.function_location(&func));
                    self.gap(at, "a prompt with a computed name", &reason(value));
                    return;
                }
            },
        };
        let Some(name) = name else { return };
        let shown = Self::prefixed(prefixes, &name);
        let docs = self.doc(&func, server.kind);
        let signature = self.interp.signature(&func, callable.bound, server.kind, &callable.given, &docs);
        let description = args.kw("description").and_then(Value::as_str).map(|s| s.to_string());
        let text = self.prompt_text(&callable);
        let prompt = Prompt {
            name: shown.clone(),
            title: args.kw("title").and_then(Value::as_str).map(|s| s.to_string()),
            description: description.or_else(|| Some(docs.description.clone()).filter(|d| !d.is_empty())),
            arguments: signature
                .parameters
                .into_iter()
                .map(|(name, description, required)| PromptArgument {
                    name,
                    description,
                    required,
                })
                .collect(),
            text,
            declared_at: Some(self.function_location(&super::attr::innermost(&func))),
            discovered_by: DiscoveredBy {
                method: Discovered::Static,
                rule: one.rule.to_owned(),
            },
            unknowns: Vec::new(),
        };
        self.entry(
            EntryKind::Prompt,
            &shown,
            &callable,
            ArgumentShape::EachParameter { except: signature.except },
        );
        if self.first_time(1, &shown) {
            self.found.inventory.prompts.push(prompt);
        }
    }

    /// What a prompt function returns, when its text stands in the source.
    fn prompt_text(&mut self, callable: &Callable) -> Option<String> {
        if self.interp.steps == 0 {
            return None;
        }
        let mut args = Args::default();
        if callable.bound {
            args.pos.push(Value::unknown("the object"));
        }
        // Parameters stand for themselves, as in a template.
        for (name, _, _) in self.interp.parameters(&callable.func).into_iter().skip(usize::from(callable.bound)) {
            args.kw
                .push((name.clone(), Value::Likely(Rc::new(Value::str(format!("{{{name}}}"))))));
        }
        let result = self.interp.call_func(&callable.func, args);
        let mut texts = Vec::new();
        for value in result.alternatives() {
            self.texts(&value, &mut texts, 0);
        }
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    fn texts(&mut self, value: &Value, out: &mut Vec<String>, depth: usize) {
        if depth > 5 || out.len() > 50 {
            return;
        }
        match value {
            Value::Str(text) if !text.is_empty() => out.push(text.to_string()),
            Value::Likely(inner) => self.texts(inner, out, depth + 1),
            Value::List(list) => {
                for item in list.items.borrow().clone() {
                    self.texts(&item, out, depth + 1);
                }
            }
            Value::Dict(dict) => {
                for key in ["content", "text", "messages"] {
                    let value = dict.entries.borrow().get_str(key).cloned();
                    if let Some(value) = value {
                        self.texts(&value, out, depth + 1);
                    }
                }
            }
            Value::Made(made) => {
                for key in ["content", "text", "messages"] {
                    if let Some(value) = made.args.kw(key).cloned() {
                        self.texts(&value, out, depth + 1);
                    }
                }
                if let Some(first) = made.args.pos.first().cloned() {
                    self.texts(&first, out, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn described_prompt(&mut self, item: &Value, at: Option<(ModuleId, ExprId)>, rule: &'static str, prefixes: &[Rc<str>]) {
        let own_at = match item {
            Value::Made(made) => made.at.or(at),
            _ => at,
        };
        let place = self.location(own_at);
        let Some(name) = self.field(item, &["name"]).and_then(|v| v.as_str()) else {
            self.gap(place, "a prompt with a computed name", &reason(item));
            return;
        };
        let mut arguments = Vec::new();
        if let Some(list) = self.field(item, &["arguments"]) {
            let (items, _) = self.interp.iterate(&list);
            for one in items {
                let one = one.plain();
                if let Some(name) = self.field(&one, &["name"]).and_then(|v| v.as_str()) {
                    let required = self.field(&one, &["required"]).and_then(|v| v.truth()).unwrap_or(false);
                    let description = self.field(&one, &["description"]).and_then(|v| v.as_str()).map(|s| s.to_string());
                    arguments.push(PromptArgument {
                        name: name.to_string(),
                        description,
                        required,
                    });
                }
            }
        }
        let shown = Self::prefixed(prefixes, &name);
        if self.first_time(1, &shown) {
            let prompt = Prompt {
                name: shown,
                title: self.field(item, &["title"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                description: self.field(item, &["description"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                arguments,
                text: None,
                declared_at: place,
                discovered_by: DiscoveredBy {
                    method: Discovered::Static,
                    rule: rule.to_owned(),
                },
                unknowns: Vec::new(),
            };
            self.found.inventory.prompts.push(prompt);
        }
    }

    fn resource(&mut self, server: &Server, one: &Registered, item: &Value, prefixes: &[Rc<str>]) {
        let Some(callable) = self.callable(item) else {
            self.described_resource(item, one.at, one.rule, prefixes);
            return;
        };
        let func = callable.func.clone();
        let args = self.with_marks(&func, &one.args);
        let uri = args
            .get(0, "uri")
            .or_else(|| args.kw("uri_template"))
            .cloned()
            .unwrap_or(Value::None);
        let Some(uri) = self.interp.text_of(&uri).filter(|_| !matches!(uri, Value::None)) else {
            let at = Some(self.function_location(&func));
            self.gap(at, "a resource with a computed address", &reason(&uri));
            return;
        };
        let docs = self.doc(&func, if server.kind == Kind::FastMcp { Kind::Sdk1 } else { server.kind });
        let name = args
            .kw("name")
            .or_else(|| args.pos.get(1))
            .and_then(Value::as_str)
            .or_else(|| self.interp.function_name(&func));
        let description = args.kw("description").and_then(Value::as_str).map(|s| s.to_string());
        let resource = Resource {
            uri: prefixed_uri(prefixes, &uri),
            is_template: uri.contains('{'),
            name: name.map(|n| Self::prefixed(prefixes, &n)),
            title: args.kw("title").and_then(Value::as_str).map(|s| s.to_string()),
            description: description.or_else(|| Some(docs.description.clone()).filter(|d| !d.is_empty())),
            mime_type: args.kw("mime_type").and_then(Value::as_str).map(|s| s.to_string()),
            annotations: None,
            declared_at: Some(self.function_location(&super::attr::innermost(&func))),
            discovered_by: DiscoveredBy {
                method: Discovered::Static,
                rule: one.rule.to_owned(),
            },
            unknowns: Vec::new(),
        };
        let signature = self.interp.signature(&func, callable.bound, server.kind, &callable.given, &docs);
        self.entry(
            EntryKind::Resource,
            &uri,
            &callable,
            ArgumentShape::EachParameter { except: signature.except },
        );
        if self.first_time(2, &resource.uri.clone()) {
            self.found.inventory.resources.push(resource);
        }
    }

    fn described_resource(&mut self, item: &Value, at: Option<(ModuleId, ExprId)>, rule: &'static str, prefixes: &[Rc<str>]) {
        let own_at = match item {
            Value::Made(made) => made.at.or(at),
            _ => at,
        };
        let place = self.location(own_at);
        let uri = self.field(item, &["uri", "uriTemplate", "uri_template"]);
        // `AnyUrl("x://y")`.
        let uri = match uri {
            Some(Value::Made(made)) => made.args.pos.first().cloned(),
            other => other,
        };
        let Some(uri) = uri.and_then(|uri| self.interp.text_of(&uri)) else {
            self.gap(place, "a resource with a computed address", &reason(item));
            return;
        };
        let shown = prefixed_uri(prefixes, &uri);
        if self.first_time(2, &shown) {
            let resource = Resource {
                is_template: uri.contains('{'),
                uri: shown,
                name: self.field(item, &["name"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                title: self.field(item, &["title"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                description: self.field(item, &["description"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                mime_type: self
                    .field(item, &["mimeType", "mime_type"])
                    .and_then(|v| v.as_str())
                    .map(|s| s.to_string()),
                annotations: None,
                declared_at: place,
                discovered_by: DiscoveredBy {
                    method: Discovered::Static,
                    rule: rule.to_owned(),
                },
                unknowns: Vec::new(),
            };
            self.found.inventory.resources.push(resource);
        }
    }

    /// A function that answers a list or call request itself.
    fn handler(&mut self, name: &str, handler: &Value, prefixes: &[Rc<str>]) {
        let Some(callable) = self.callable(handler) else { return };
        match name {
            "call_tool" => {
                let shape = self.dispatch_shape(&callable);
                self.entry(EntryKind::Tool, "*", &callable, shape);
            }
            "call_tool_request" => self.entry(EntryKind::Tool, "*", &callable, ArgumentShape::Request),
            "get_prompt" => {
                let shape = self.dispatch_shape(&callable);
                self.entry(EntryKind::Prompt, "*", &callable, shape);
            }
            "read_resource" => {
                let except = if callable.bound { vec!["self".to_owned()] } else { Vec::new() };
                self.entry(EntryKind::Resource, "*", &callable, ArgumentShape::EachParameter { except });
            }
            "list_tools" | "list_prompts" | "list_resources" | "list_resource_templates" => {
                let listed = self.interp.call(handler, Args::default(), None);
                let place = self.function_location(&callable.func);
                let mut items = Vec::new();
                let mut open = false;
                for one in listed.alternatives() {
                    open |= self.listed(&one, &mut items);
                }
                for item in &items {
                    for item in item.alternatives() {
                        match (name, &item) {
                            (_, Value::Unknown(_) | Value::Bound(_)) => open = true,
                            ("list_tools", _) => self.described(&item, None, "py-list-handler", prefixes),
                            ("list_prompts", _) => self.described_prompt(&item, None, "py-list-handler", prefixes),
                            _ => self.described_resource(&item, None, "py-list-handler", prefixes),
                        }
                    }
                }
                if open {
                    self.gap(
                        Some(place),
                        &format!("`{name}` answered by the program itself"),
                        "parts of the list are known only at run time",
                    );
                }
            }
            _ => {}
        }
    }

    /// The elements of a list result; whether there may be more.
    fn listed(&mut self, result: &Value, items: &mut Vec<Value>) -> bool {
        match result {
            Value::Made(made)
                if matches!(
                    made.name(),
                    "ListToolsResult" | "ListPromptsResult" | "ListResourcesResult" | "ListResourceTemplatesResult" | "ServerResult"
                ) =>
            {
                let inner = ["tools", "prompts", "resources", "resourceTemplates", "resource_templates"]
                    .into_iter()
                    .find_map(|key| made.args.kw(key).cloned());
                match inner.or_else(|| made.args.pos.first().cloned()) {
                    Some(inner) => {
                        let mut open = false;
                        for one in inner.alternatives() {
                            open |= self.listed(&one, items);
                        }
                        open
                    }
                    None => true,
                }
            }
            Value::List(_) => {
                let (more, open) = self.interp.iterate(result);
                items.extend(more);
                open
            }
            Value::Dict(dict) => {
                let inner = ["tools", "prompts", "resources"]
                    .into_iter()
                    .find_map(|key| dict.entries.borrow().get_str(key).cloned());
                match inner {
                    Some(inner) => self.listed(&inner, items),
                    None => true,
                }
            }
            Value::None => false,
            _ => true,
        }
    }

    /// How a dispatcher's arguments arrive: `(name, arguments)`, perhaps after `self`; `(ctx, params)` of SDK 2.
    fn dispatch_shape(&mut self, callable: &Callable) -> ArgumentShape {
        let func = super::attr::innermost(&callable.func);
        let module = self.interp.program.module(func.module);
        let names: Vec<String> = module
            .function(func.id)
            .params
            .iter()
            .filter(|param| !matches!(param.kind, ParamKind::Rest | ParamKind::KwRest))
            .filter_map(|param| match module.pat(param.pattern).kind {
                PatKind::Ident(name) => Some(module.str(name).to_owned()),
                _ => None,
            })
            .collect();
        let own = names.first().is_some_and(|first| first == "self" || first == "cls");
        if own || names.len() > 2 || names.first().is_some_and(|n| n.starts_with("c")) && names.get(1).is_some_and(|n| n == "params") {
            let except = names.iter().take(usize::from(own) + 1).cloned().collect();
            return ArgumentShape::EachParameter { except };
        }
        ArgumentShape::SecondParameter
    }
}

fn prefixed_uri(prefixes: &[Rc<str>], uri: &str) -> String {
    match uri.split_once("://") {
        Some((scheme, rest)) if !prefixes.is_empty() => format!("{scheme}://{}/{rest}", prefixes.join("/")),
        _ => uri.to_owned(),
    }
}

/// Why a value is not known, in words.
pub(super) fn reason(value: &Value) -> String {
    match value {
        Value::Unknown(reason) => reason.to_string(),
        Value::Made(made) => format!("it is what `{}` makes", made.path),
        Value::External(path) => format!("it is `{path}` of a library"),
        Value::Choice(_) => "it depends on a condition at run time".to_owned(),
        Value::Bound(bound) => format!("it is a method `{}` that is not in the source", bound.1),
        other => format!("it is a {}", other.kind()),
    }
}
