//! Tools: functions with their signatures, and objects that describe themselves.

use super::{Emitter, reason};
use crate::found::listed_only;
use crate::py::dialect::value::{Args, Func, Instance, Made, Value, WHEN, last};
use crate::py::server::{Kind, Registered, Server, What};
use hub_engine::{ArgumentShape, EntryKind};
use hub_model::{Discovered, Location, Tool, Unknown};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use serde_json::Value as Json;
use std::rc::Rc;

/// Share of the evaluation's budget that one schema may use: one part in this many.
const SCHEMA_SHARE: u64 = 16;

impl Emitter<'_, '_> {
    pub(super) fn tool(&mut self, server: &Server, one: &Registered, item: &Value, prefixes: &[Rc<str>]) {
        if let Value::Made(made) = item
            && last(&made.path) != "partial"
            && !matches!(made.name(), "staticmethod" | "classmethod")
        {
            if made.name() == "from_function" {
                let func = made.args.arg(0, "fn").cloned().unwrap_or(Value::None);
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
                    when: one.when,
                };
                self.tool(server, &inner, &func, prefixes);
                return;
            }
            if made.name() == "from_tool" {
                self.transformed(server, one, &made.clone(), prefixes);
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
                        when: one.when,
                    };
                    self.tool(server, &inner_one, &inner, prefixes);
                }
                _ => self.described(item, one.at, one.rule, prefixes),
            }
            return;
        }
        if matches!(item, Value::Dict(_)) {
            self.described(item, one.at, one.rule, prefixes);
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
        let tags = args
            .kw("tags")
            .cloned()
            .map(|tags| self.interp.iterate(&tags).0)
            .unwrap_or_default();
        if matches!(args.kw("enabled"), Some(Value::Bool(false))) || server.hides(&name, &tags) {
            return;
        }
        let shown = Self::prefixed(prefixes, &name);
        let docs = self.doc(&func, server.kind);
        let mut tool = Tool::named(shown.clone(), Discovered::Static, one.rule);
        tool.unknowns
            .extend(one.when.map(|condition| listed_only(self.interp.machine.words(condition))));
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
        if server.kind == Kind::FastMcp && tool.title.is_none() {
            let title = tool.annotations.as_ref().and_then(|annotations| annotations.get("title"));
            tool.title = title.and_then(Json::as_str).map(str::to_owned);
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
        tool.declared_at = Some(self.function_location(&crate::py::dialect::attr::innermost(&func)));
        self.entry(
            EntryKind::Tool,
            &shown,
            &callable,
            ArgumentShape::EachParameter { except: signature.except },
        );
        self.push_tool(tool);
    }

    /// `Tool.from_tool(other, name=…, transform_args={"a": ArgTransform(name=…, description=…, hide=…)})` of fastmcp.
    fn transformed(&mut self, server: &Server, one: &Registered, made: &Made, prefixes: &[Rc<str>]) {
        let Some(inner) = made.args.arg(0, "tool").map(Value::plain).filter(Value::is_function) else {
            let at = self.location(made.at.or(one.at));
            self.gap(at, "a tool made of another", "which tool it is made of is known only at run time");
            return;
        };
        let args = Args {
            pos: Vec::new(),
            ..made.args.clone()
        };
        let inner_one = Registered {
            what: What::Tool,
            item: inner.clone(),
            args,
            at: made.at.or(one.at),
            rule: "py-tool-from-tool",
            when: one.when,
        };
        let before = self.found.inventory.tools.len();
        self.tool(server, &inner_one, &inner, prefixes);
        let Some(Value::Dict(changes)) = made.args.kw("transform_args").map(Value::plain) else {
            return;
        };
        let Some(tool) = self.found.inventory.tools.get_mut(before) else {
            return;
        };
        let Some(Json::Object(schema)) = tool.input_schema.as_mut() else {
            return;
        };
        for (key, change) in changes.entries.borrow().iter() {
            let (Some(key), Value::Made(change)) = (key.as_str(), change.plain()) else {
                continue;
            };
            let hidden = matches!(change.args.kw("hide"), Some(Value::Bool(true)));
            let name = change.args.kw("name").and_then(Value::as_str).unwrap_or_else(|| key.clone());
            if let Some(Json::Object(properties)) = schema.get_mut("properties")
                && let Some(mut property) = properties.remove(&*key)
                && !hidden
            {
                if let (Some(text), Json::Object(property)) = (change.args.kw("description").and_then(Value::as_str), &mut property) {
                    property.insert("description".to_owned(), Json::String(text.to_string()));
                }
                properties.insert(name.to_string(), property);
            }
            if let Some(Json::Array(required)) = schema.get_mut("required") {
                required.retain(|one| !hidden || one != &*key);
                required
                    .iter_mut()
                    .filter(|one| *one == &*key)
                    .for_each(|one| *one = Json::String(name.to_string()));
            }
        }
    }

    /// Arguments of a registration together with those of a decorator that only marked the function.
    pub(super) fn with_marks(&mut self, func: &Rc<Func>, args: &Args) -> Args {
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

    /// A tool that is an object with a name and a schema.
    pub(super) fn described(&mut self, item: &Value, at: Option<(ModuleId, ExprId)>, rule: &'static str, prefixes: &[Rc<str>]) {
        if let Some(inner) = crate::py::dialect::attr::wrapped_tool(item) {
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
                when: None,
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
        let when = self.field(item, &[WHEN]).and_then(|when| when.as_str());
        tool.unknowns.extend(when.map(|when| listed_only(when.to_string())));
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
        let module = self.interp.machine.program.module(instance.class.module);
        module.location(module.class(instance.class.id).span)
    }

    /// A JSON Schema, or the model that stands for one.
    fn schema_value(&mut self, value: &Value) -> (Option<Json>, bool) {
        match value.plain() {
            Value::Class(class) => (Some(self.interp.class_schema(&class)), true),
            other => {
                let mut whole = true;
                let kept = self.interp.machine.keep_back(SCHEMA_SHARE);
                let json = self.interp.json_known(&other, 0, &mut whole).filter(Json::is_object);
                self.interp.machine.give_back(kept);
                (json, whole)
            }
        }
    }
}
