//! What the forms of all SDKs share: finding who calls, and writing down what was found.

use super::eval::{At, Eval};
use super::index::{Wrote, last_name};
use super::value::{Env, Local, Val};
use crate::Found;
use hub_engine::EntryKind;
use hub_model::{Discovered, DiscoveredBy, Gap, Location, Prompt, PromptArgument, Resource, Tool, Unknown};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, Language, ParamKind, PatKind, Span};
use serde_json::{Value as Json, json};
use std::rc::Rc;

/// Callers of callers, and loops within.
const MAX_CALLERS: usize = 5;
/// Ways to reach one registration.
const MAX_WAYS: usize = 2_000;

pub(super) struct Cx<'a> {
    pub(super) eval: Eval<'a>,
    pub(super) found: Found,
    /// The modules that count, by language.
    pub(super) modules: Vec<ModuleId>,
    /// The form that is being read, for `discovered_by`.
    pub(super) rule: &'static str,
    /// Functions that registrations named, and what they serve.
    pub(super) handles: Vec<super::handlers::Handle>,
}

impl<'a> Cx<'a> {
    /// The values an expression may have, once for each way to reach it, as long as `key` of it is open.
    pub(super) fn ways(&self, at: &At, id: ExprId, key: &dyn Fn(&Val) -> Val) -> Vec<(At, Val)> {
        let mut out = Vec::new();
        self.eval.new_site();
        self.ways_within(at, id, key, 0, &mut out);
        out
    }

    fn ways_within(&self, at: &At, id: ExprId, key: &dyn Fn(&Val) -> Val, depth: usize, out: &mut Vec<(At, Val)>) {
        let value = self.eval.eval(at, id);
        if out.len() < MAX_WAYS
            && depth < MAX_CALLERS
            && let Some(local) = key(&value).open()
        {
            let envs = self.bindings(local, &at.env, depth);
            if !envs.is_empty() {
                for env in envs {
                    let at = At { env, ..at.clone() };
                    self.ways_within(&at, id, key, depth + 1, out);
                }
                return;
            }
        }
        if out.len() < MAX_WAYS {
            out.push((at.clone(), value));
        }
    }

    /// What a parameter or loop variable may be bound to.
    fn bindings(&self, local: Local, env: &Env, depth: usize) -> Vec<Env> {
        let mut out = Vec::new();
        if depth > MAX_CALLERS || env.get(local).is_some() {
            return out;
        }
        let each = self.eval.index.writes(local.0, local.1, local.2).iter().find_map(|w| match w.what {
            Wrote::Each(e) => Some(e),
            _ => None,
        });
        if let Some(iterable) = each {
            let at = At {
                module: local.0,
                function: local.1,
                env: env.clone(),
            };
            for (at, value) in self.ways(&at, iterable, &|v| v.clone()) {
                let items: Vec<Val> = match value {
                    Val::List(items) => items.to_vec(),
                    Val::Map(entries) => entries.iter().map(|(_, v)| v.clone()).collect(),
                    _ => Vec::new(),
                };
                out.extend(items.into_iter().take(MAX_WAYS).map(|item| at.env.with(vec![(local, item)])));
            }
            return out;
        }
        let Some(f) = local.1 else { return out };
        for (module, call) in self.callers(local.0, f) {
            let place = self.eval.place(module, call);
            self.bind_call(local, f, place, call, depth, &mut out);
            if out.len() > MAX_WAYS {
                break;
            }
        }
        out
    }

    fn bind_call(&self, local: Local, f: FnId, place: At, call: ExprId, depth: usize, out: &mut Vec<Env>) {
        let m = self.eval.module(local.0);
        let caller = self.eval.module(place.module);
        let ExprKind::Call { args, .. } = &caller.expr(call).kind else {
            return;
        };
        let params: Vec<_> = m.function(f).params.iter().filter(|p| p.kind != ParamKind::Receiver).collect();
        let mut bindings: Vec<(Local, Val)> = Vec::new();
        let mut wanted = Val::Null;
        let mut next = 0;
        for param in &params {
            let PatKind::Ident(name) = m.pat(param.pattern).kind else {
                next += 1;
                continue;
            };
            let text = m.str(name);
            let by_name = args.iter().find(|a| a.name.is_some_and(|n| caller.str(n) == text));
            let value = if param.kind == ParamKind::Rest {
                let rest: Vec<Val> = args.iter().skip(next).map(|a| self.eval.eval(&place, a.value)).collect();
                match rest.as_slice() {
                    [Val::List(_)] => rest[0].clone(),
                    _ => Val::List(Rc::new(rest)),
                }
            } else {
                let arg = by_name.or_else(|| args.get(next).filter(|a| a.name.is_none()));
                match (arg, param.default) {
                    (Some(arg), _) => self.eval.eval(&place, arg.value),
                    (None, Some(default)) => self.eval.eval(&self.eval.place(local.0, default), default),
                    (None, None) => Val::Null,
                }
            };
            next += 1;
            let this = (local.0, Some(f), name);
            if this == local {
                wanted = value.clone();
            }
            bindings.push((this, value));
        }
        if let Some(outer) = wanted.open()
            && outer != local
        {
            let envs = self.bindings(outer, &place.env, depth + 1);
            if !envs.is_empty() {
                for env in envs {
                    let place = At { env, ..place.clone() };
                    self.bind_call(local, f, place, call, depth + 1, out);
                }
                return;
            }
        }
        out.push(place.env.with(bindings));
    }

    /// Calls of a function, by its name and, where it can be told, by what the name stands for.
    fn callers(&self, module: ModuleId, f: FnId) -> Vec<(ModuleId, ExprId)> {
        let m = self.eval.module(module);
        let Some(name) = m.function(f).name else { return Vec::new() };
        let calls = self.eval.index.calls(m.str(name));
        let is_this = |(caller, call): &&(ModuleId, ExprId)| {
            let c = self.eval.module(*caller);
            if c.language != m.language {
                return false;
            }
            let ExprKind::Call { callee, .. } = &c.expr(*call).kind else {
                return false;
            };
            let callee = match &c.expr(*callee).kind {
                ExprKind::Index { object, .. } => *object,
                _ => *callee,
            };
            match self.eval.eval(&self.eval.place(*caller, *call), callee) {
                Val::Function(found, g, _) => found == module && g == f,
                // A method of a value whose type is not known.
                Val::Unknown(_) | Val::Open(_) => m.function(f).class.is_some() && matches!(c.expr(callee).kind, ExprKind::Member { .. }),
                _ => false,
            }
        };
        calls.iter().filter(is_this).copied().collect()
    }

    /// The modules of a language that count.
    pub(super) fn of(&self, language: Language) -> Vec<ModuleId> {
        self.modules
            .iter()
            .copied()
            .filter(|m| self.eval.module(*m).language == language)
            .collect()
    }

    /// Calls by the last part of what they call, in module order.
    pub(super) fn calls(&self, names: &[&str]) -> Vec<(ModuleId, ExprId)> {
        let mut out: Vec<(ModuleId, ExprId)> = names.iter().flat_map(|n| self.eval.index.calls(n)).copied().collect();
        out.sort_by_key(|(m, e)| (*m, self.eval.module(*m).expr(*e).span.start, e.0));
        out
    }

    pub(super) fn location(&self, module: ModuleId, span: Span) -> Location {
        self.eval.module(module).location(span)
    }

    pub(super) fn by(&self) -> DiscoveredBy {
        DiscoveredBy {
            method: Discovered::Static,
            rule: self.rule.to_owned(),
        }
    }

    pub(super) fn gap(&mut self, module: ModuleId, span: Span, what: &str, value: &Val) {
        let at = self.location(module, span);
        self.found.gap(Gap {
            at,
            what: what.to_owned(),
            reason: why(value),
        });
    }

    /// A tool of this name; none, and a gap, when the name is not known.
    pub(super) fn tool(&mut self, name: &Val, module: ModuleId, span: Span) -> Option<Tool> {
        let Some(text) = name.as_str().filter(|n| !n.is_empty() && n.len() <= 300) else {
            self.gap(module, span, "a tool whose name is not known", name);
            return None;
        };
        let mut tool = Tool::named(text, Discovered::Static, self.rule);
        tool.declared_at = Some(self.location(module, span));
        Some(tool)
    }

    pub(super) fn describe(&self, tool: &mut Tool, description: Option<&Val>) {
        set_text(&mut tool.description, "description", description, &mut tool.unknowns);
    }

    pub(super) fn title(&self, tool: &mut Tool, title: Option<&Val>) {
        set_text(&mut tool.title, "title", title, &mut tool.unknowns);
    }

    /// The input schema, or why it is not known.
    pub(super) fn schema(&self, tool: &mut Tool, value: Option<&Val>) {
        let Some(value) = value else { return };
        match schema_of(value) {
            Some(schema) => tool.input_schema = Some(schema),
            None => tool.unknowns.push(Unknown {
                field: "input_schema".to_owned(),
                reason: why(value),
            }),
        }
    }

    /// Remembers which function answers calls of an item.
    pub(super) fn handle(&mut self, kind: EntryKind, name: &str, handler: Option<(ModuleId, FnId)>) {
        if let Some((module, f)) = handler {
            self.handles.push((kind, name.to_owned(), module, f));
        }
    }

    /// A finished tool: without parameters, when nothing says otherwise.
    pub(super) fn add(&mut self, mut tool: Tool) {
        if tool.input_schema.is_none() && !tool.unknowns.iter().any(|u| u.field.starts_with("input_schema")) {
            tool.input_schema = Some(json!({ "type": "object", "properties": {} }));
        }
        self.found.tool(tool);
    }

    pub(super) fn prompt(&mut self, name: &Val, module: ModuleId, span: Span) -> Option<Prompt> {
        let Some(text) = name.as_str().filter(|n| !n.is_empty() && n.len() <= 300) else {
            self.gap(module, span, "a prompt whose name is not known", name);
            return None;
        };
        Some(Prompt {
            name: text.to_owned(),
            title: None,
            description: None,
            arguments: Vec::new(),
            text: None,
            declared_at: Some(self.location(module, span)),
            discovered_by: self.by(),
            unknowns: Vec::new(),
        })
    }

    pub(super) fn resource(&mut self, uri: &Val, module: ModuleId, span: Span) -> Option<Resource> {
        let Some(text) = uri.as_str().filter(|n| !n.is_empty() && n.len() <= 2_000) else {
            self.gap(module, span, "a resource whose URI is not known", uri);
            return None;
        };
        Some(Resource {
            uri: text.to_owned(),
            is_template: text.contains('{'),
            name: None,
            title: None,
            description: None,
            mime_type: None,
            annotations: None,
            declared_at: Some(self.location(module, span)),
            discovered_by: self.by(),
            unknowns: Vec::new(),
        })
    }

    /// Whether an import of the module has one of these words in its path.
    pub(super) fn imports(&self, module: ModuleId, words: &[&str]) -> bool {
        let m = self.eval.module(module);
        m.imports.iter().any(|i| words.iter().any(|w| m.str(i.specifier).contains(w)))
    }

    /// The name, title, version and instructions of the server, first come.
    pub(super) fn server(&mut self, name: Option<&Val>, version: Option<&Val>, title: Option<&Val>, instructions: Option<&Val>) {
        let server = &mut self.found.inventory.server;
        let text = |v: Option<&Val>| v.and_then(Val::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
        server.name = server.name.take().or_else(|| text(name));
        server.version = server.version.take().or_else(|| text(version));
        server.title = server.title.take().or_else(|| text(title));
        server.instructions = server.instructions.take().or_else(|| text(instructions));
    }

    /// The last name of what a call calls.
    pub(super) fn called(&self, module: ModuleId, call: ExprId) -> &'a str {
        let m = self.eval.module(module);
        match &m.expr(call).kind {
            ExprKind::Call { callee, .. } => last_name(m, *callee).unwrap_or(""),
            _ => "",
        }
    }
}

/// Why a value is not known.
pub(super) fn why(value: &Val) -> String {
    match value {
        Val::Unknown(why) => why.to_string(),
        Val::Name(name) => format!("`{}` is set at run time", name.chars().take(80).collect::<String>()),
        Val::Open(_) => "it depends on the caller, who is not known".to_owned(),
        Val::Call(call) => format!(
            "`{}` is called at run time",
            call.name
                .rsplit(['/', '.'])
                .next()
                .unwrap_or("")
                .chars()
                .take(80)
                .collect::<String>()
        ),
        Val::Null => "nothing is given".to_owned(),
        _ => "it is no text".to_owned(),
    }
}

pub(super) fn set_text(slot: &mut Option<String>, field: &str, value: Option<&Val>, unknowns: &mut Vec<Unknown>) {
    match value {
        None | Some(Val::Null) => {}
        Some(Val::Str(text)) => *slot = Some(text.to_string()),
        Some(value) => unknowns.push(Unknown {
            field: field.to_owned(),
            reason: why(value),
        }),
    }
}

/// A schema written as a literal, or as JSON text.
pub(super) fn schema_of(value: &Val) -> Option<Json> {
    let json = match value {
        Val::Str(text) => serde_json::from_str(text).ok()?,
        other => other.json(0)?,
    };
    // `RawMessage("…")`, `Deserialize("…")`: the text is the schema.
    match json {
        Json::String(text) => serde_json::from_str(&text).ok(),
        Json::Object(_) => Some(json),
        _ => None,
    }
}

/// The arguments of a prompt from a schema.
pub(super) fn arguments_of(schema: &Json) -> Vec<PromptArgument> {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|r| r.iter().filter_map(Json::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema["properties"].as_object() else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, schema)| PromptArgument {
            name: name.clone(),
            description: schema["description"].as_str().map(str::to_owned),
            required: required.contains(&name.as_str()),
        })
        .collect()
}
