//! Where the outside world enters, and the run over all of it.

use super::engine::{Engine, Source};
use super::report::{self, Flows};
use super::value::{Atom, ClassRef, Entity, Kinds, Name, Root, Seg, Value, Weak, What};
use crate::{ArgumentShape, CodeFacts, EntryKind, EntryPoint, FunctionRef};
use hub_model::{Budget, Inventory};
use hub_syntax::Program;
use hub_syntax::ir::{Language, ParamKind, PatKind};
use serde_json::Value as Json;

/// Rounds until what objects and module variables hold no longer grows.
const MAX_ROUNDS: u32 = 3;

impl Flows {
    /// Follows what attackers choose through the program.
    #[must_use]
    pub fn of(program: &Program, facts: &CodeFacts, inventory: &Inventory, budget: &Budget) -> Flows {
        hub_syntax::on_big_stack(|| run(program, facts, inventory, budget.max_flow_steps)).unwrap_or_else(|| Flows {
            limits_hit: vec!["data flow was not followed: no memory for its stack".to_owned()],
            ..Flows::default()
        })
    }
}

fn run(program: &Program, facts: &CodeFacts, inventory: &Inventory, max_steps: u64) -> Flows {
    let mut engine = Engine::new(program, max_steps);
    engine.index_packages(&facts.packages);
    let web = engine.web_handlers(facts);
    let authorization = engine.authorization_handlers(facts);
    for round in 0..MAX_ROUNDS {
        engine.grew = false;
        for (i, entry) in facts.entry_points.iter().enumerate() {
            engine.enter(i as u32, entry, inventory);
        }
        for handler in &web {
            engine.enter_web(*handler);
        }
        for handler in &authorization {
            engine.enter_authorization(*handler);
        }
        if !engine.grew || round + 1 == MAX_ROUNDS {
            break;
        }
        engine.summaries.clear();
        engine.contexts.clear();
        engine.class_field_memo.clear();
    }
    // What is only supposed is not said to be reached.
    let (reached, edges, sites, made) = (
        engine.reached.clone(),
        engine.edges.clone(),
        engine.sites.clone(),
        engine.made.clone(),
    );
    engine.suppose(facts);
    (engine.reached, engine.edges, engine.sites, engine.made) = (reached, edges, sites, made);
    report::flows(&mut engine)
}

/// Functions looked at for what their parameters would reach.
const MAX_SUPPOSED: usize = 200;

impl Engine<'_> {
    /// What parameters would reach if outside data came in by them: shell texts only, where the text is the program's and the
    /// parameter a piece of it. A call that could not be followed is not the end of the look.
    fn suppose(&mut self, facts: &CodeFacts) {
        let mut looked = 0;
        for (id, module) in self.program.iter() {
            if !facts.live_modules.is_empty() && !facts.live_modules.contains(&id) {
                continue;
            }
            let starts_programs = ["child_process", "subprocess", "os.system", "popen", "execa", "shelljs"]
                .iter()
                .any(|w| module.source.contains(w));
            for (i, f) in module.functions.iter().enumerate() {
                let starts = starts_programs && f.span.end - f.span.start < 20_000;
                let Some(name) = f.name.filter(|_| starts && !f.params.is_empty()) else {
                    continue;
                };
                looked += 1;
                if looked > MAX_SUPPOSED || self.limits_spent() {
                    return;
                }
                let function = FunctionRef {
                    module: id,
                    function: hub_syntax::ir::FnId(i as u32),
                };
                let mut params = Vec::new();
                for (k, p) in f.params.iter().enumerate() {
                    let own = k == 0 && matches!(module.text(module.pat(p.pattern).span), "self" | "cls");
                    let gone = p.annotation.map_or(Kinds::NONE, |a| self.annotation_kinds(id, a));
                    if own || gone == Kinds::ALL {
                        params.push(Value::default());
                        continue;
                    }
                    let label = self.labels.root(Root::Param(k.min(250) as u8));
                    let trace = self.trace_at(id, module.pat(p.pattern).span);
                    let mut v = Value::default();
                    v.add_atom(Atom {
                        label,
                        kinds: Kinds::SHELL.without(gone),
                        weak: Weak::default(),
                        trace,
                    });
                    params.push(v);
                }
                let this = f.class.map_or_else(Value::default, |class| {
                    Value::entity(Entity::Instance(ClassRef { module: id, class }))
                });
                let summary = self.summarise(function, &this, params);
                let what = format!("`{}`", module.str(name));
                for hit in summary.hits {
                    if hit.kind == Kinds::SHELL && hit.function == Some(function.function) && hit.module == id && !hit.detail.whole {
                        let Root::Param(k) = self.labels.root_of(hit.atom.label) else {
                            continue;
                        };
                        let parameter = f.params.get(k as usize).map_or("", |p| module.text(module.pat(p.pattern).span));
                        let named = if parameter.len() < 40 && !parameter.contains(['{', '\n']) {
                            format!("parameter `{parameter}` of {what}")
                        } else {
                            format!("a parameter of {what}")
                        };
                        self.possible.push((hit, Source { entry: None, what: named }));
                    }
                }
            }
        }
    }

    fn enter(&mut self, index: u32, entry: &EntryPoint, inventory: &Inventory) {
        let f = entry.handler;
        if f.module.0 as usize >= self.program.modules.len() || f.function.index() >= self.program.module(f.module).functions.len() {
            return;
        }
        let source = match self.sources.iter().position(|s| s.entry == Some(index)) {
            Some(known) => known as u32,
            None => {
                let what = match entry.kind {
                    EntryKind::Tool if entry.name == "*" => "a tool call".to_owned(),
                    EntryKind::Tool => format!("tool `{}`", entry.name),
                    EntryKind::Prompt => format!("prompt `{}`", entry.name),
                    EntryKind::Resource => format!("resource `{}`", entry.name),
                    EntryKind::HttpRoute => format!("route `{}`", entry.name),
                };
                self.sources.push(Source { entry: Some(index), what });
                self.sources.len() as u32 - 1
            }
        };
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        if entry.kind == EntryKind::HttpRoute {
            self.enter_web(super::web::Handler {
                function: f,
                shape: super::web::Shape::Named,
            });
            return;
        }
        // An arrow function sees the object of the method it is written in.
        let this = super::engine::class_of(m, f.function).map_or_else(Value::default, |class| {
            Value::entity(Entity::Instance(ClassRef { module: f.module, class }))
        });
        self.group_base = self.frames.len();
        self.inlined.clear();
        self.push_frame(f.module, Some(f.function), this.clone());
        let label = self.labels.root(Root::Source(source));
        let python = m.language == Language::Python;
        let mut params = vec![Value::default(); function.params.len()];
        let is_self = |i: usize| {
            function.params[i].kind == ParamKind::Receiver
                || i == 0 && python && function.class.is_some() && matches!(m.text(m.pat(function.params[0].pattern).span), "self" | "cls")
        };
        let schema = inventory
            .tools
            .iter()
            .find(|t| entry.kind == EntryKind::Tool && t.name == entry.name)
            .and_then(|t| t.input_schema.as_ref());
        let span_of = |i: usize| function.params.get(i).map_or(function.span, |p| m.pat(p.pattern).span);
        match &entry.arguments {
            ArgumentShape::FirstParameter => {
                if let Some(i) = (0..params.len()).find(|i| !is_self(*i)) {
                    let all = self.tainted(label, source, span_of(i), Kinds::ALL);
                    params[i] = self.shaped_by(all, schema);
                }
            }
            ArgumentShape::SecondParameter => {
                let first = usize::from(!params.is_empty() && is_self(0));
                if let Some(i) = Some(first + 1).filter(|i| *i < params.len()) {
                    let all = self.tainted(label, source, span_of(i), Kinds::ALL);
                    params[i] = self.shaped_by(all, schema);
                }
            }
            ArgumentShape::Request => {
                if let Some(i) = (0..params.len()).find(|i| !is_self(*i)) {
                    let data = self.tainted(label, source, span_of(i), Kinds::ALL);
                    let [p, a, u, n] = ["params", "arguments", "uri", "name"].map(|t| self.names.intern(t));
                    let mut inner = Value::default();
                    inner.set_field(a, data.clone(), true);
                    if entry.kind == EntryKind::Resource {
                        let l = self.labels.extend(label, Seg::Field(u));
                        let v = self.tainted(l, source, span_of(i), Kinds::ALL);
                        inner.set_field(u, v, true);
                    }
                    inner.set_field(n, Value::default(), true);
                    let mut request = Value::default();
                    request.set_field(p, inner, true);
                    // Some dispatchers are handed `params` itself.
                    request.set_field(a, data, true);
                    params[i] = request;
                }
            }
            ArgumentShape::Objects { parameters } => {
                let count = params.len();
                for i in parameters.iter().copied().filter(|i| *i < count && !is_self(*i)) {
                    let mut all = self.tainted(label, source, span_of(i), Kinds::ALL);
                    // A plain place of an address template holds no slash (RFC 6570 section 3.2.2): only `{+name}` and `{name*}` do.
                    let plain = !entry.name.contains("{+") && !entry.name.contains("*}");
                    if entry.kind == EntryKind::Resource && m.language.is_script() && i == 1 && plain {
                        all = all.without(Kinds::PATH);
                    }
                    params[i] = self.shaped_by(all, schema);
                }
            }
            ArgumentShape::EachParameter { except } => {
                for (i, param) in function.params.iter().enumerate() {
                    if is_self(i) {
                        continue;
                    }
                    let PatKind::Ident(sym) = m.pat(param.pattern).kind else { continue };
                    if except.iter().any(|e| e == m.str(sym)) {
                        continue;
                    }
                    // What the caller cannot fill is no argument: parameters the schema does not list, contexts handed in by a wrapper.
                    let listed = schema
                        .and_then(|s| s.get("properties"))
                        .and_then(Json::as_object)
                        .filter(|p| !p.is_empty());
                    let context = param.annotation.and_then(|a| m.dotted(a)).is_some_and(|a| a.ends_with("Context"));
                    if context || param.kind != ParamKind::KwRest && listed.is_some_and(|p| !p.contains_key(m.str(sym))) {
                        continue;
                    }
                    let mut gone = param.annotation.map_or(Kinds::NONE, |a| self.annotation_kinds(f.module, a));
                    if m.language.is_native()
                        && let Some(property) = listed.and_then(|p| p.get(m.str(sym)))
                    {
                        gone = gone.or(json_kinds(property, 0));
                    }
                    let name = self.name_of(f.module, sym);
                    let l = if param.kind == ParamKind::KwRest {
                        label
                    } else {
                        self.labels.extend(label, Seg::Field(name))
                    };
                    params[i] = self.tainted(l, source, span_of(i), Kinds::ALL.without(gone));
                }
            }
        }
        let beside = matches!(entry.arguments, ArgumentShape::FirstParameter | ArgumentShape::Request);
        if m.language.is_script() && beside && params.len() > 1 && (m.source.contains("authInfo") || m.source.contains("requestInfo")) {
            params[1] = self.external(super::web::EXTRA);
        }
        for (i, v) in params.iter_mut().enumerate() {
            if is_self(i) {
                *v = this.clone();
            }
        }
        self.run_entry(f, params);
        self.frames.pop();
        self.group_base = 0;
    }

    fn tainted(&mut self, label: super::value::LabelId, source: u32, span: hub_syntax::ir::Span, kinds: Kinds) -> Value {
        let trace = self.trace(None, span, What::Source(source));
        let mut v = Value::default();
        v.add_atom(Atom {
            label,
            kinds,
            weak: Weak::default(),
            trace,
        });
        v
    }

    /// An object of arguments whose declared types are checked before the handler runs.
    fn shaped_by(&mut self, mut all: Value, schema: Option<&Json>) -> Value {
        let Some(properties) = schema.and_then(|s| s.get("properties")).and_then(Json::as_object) else {
            return all;
        };
        for (name, property) in properties.iter().take(super::value::MAX_PARTS) {
            let gone = json_kinds(property, 0);
            if gone.is_empty() {
                continue;
            }
            let id: Name = self.names.intern(name);
            let value = {
                let v = self.member(&all, id, None);
                v.without(gone)
            };
            all.set_field(id, value, true);
        }
        all
    }
}

/// Kinds that data of a JSON Schema cannot have.
fn json_kinds(schema: &Json, depth: u32) -> Kinds {
    if depth > 6 {
        return Kinds::NONE;
    }
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        return Kinds::ALL;
    }
    if let Some(options) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array) {
        return options.iter().fold(Kinds::ALL, |k, s| k.and(json_kinds(s, depth + 1)));
    }
    match schema.get("type") {
        Some(Json::String(t)) => match t.as_str() {
            "number" | "integer" | "boolean" | "null" => Kinds::ALL,
            "array" => schema.get("items").map_or(Kinds::NONE, |i| json_kinds(i, depth + 1)),
            "string" => {
                if matches!(
                    schema.get("format").and_then(Json::as_str),
                    Some("uuid" | "date" | "date-time" | "ipv4")
                ) {
                    return Kinds::ALL;
                }
                schema
                    .get("pattern")
                    .and_then(Json::as_str)
                    .map_or(Kinds::NONE, |p| super::patterns::allowed_only(p, false, false))
            }
            _ => Kinds::NONE,
        },
        Some(Json::Array(types)) => {
            if types
                .iter()
                .all(|t| matches!(t.as_str(), Some("number" | "integer" | "boolean" | "null")))
            {
                Kinds::ALL
            } else {
                Kinds::NONE
            }
        }
        _ => Kinds::NONE,
    }
}
