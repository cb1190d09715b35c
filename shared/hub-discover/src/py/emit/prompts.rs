//! Prompts: functions that give their text, and objects that describe themselves.

use super::{Callable, Emitter, reason};
use crate::py::dialect::value::{Args, Value};
use crate::py::server::{Registered, Server, What};
use hub_engine::{ArgumentShape, EntryKind};
use hub_model::{Discovered, DiscoveredBy, Prompt, PromptArgument};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use std::rc::Rc;

impl Emitter<'_, '_> {
    pub(super) fn prompt(&mut self, server: &Server, one: &Registered, item: &Value, prefixes: &[Rc<str>]) {
        if let Value::Made(made) = item
            && matches!(made.name(), "from_function")
        {
            let func = made.args.arg(0, "fn").cloned().unwrap_or(Value::None);
            let args = Args {
                pos: made.args.pos.iter().skip(1).cloned().collect(),
                ..made.args.clone()
            };
            let inner = Registered {
                what: What::Prompt,
                item: func.clone(),
                args,
                at: made.at.or(one.at),
                when: one.when,
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
            declared_at: Some(self.function_location(&crate::py::dialect::attr::innermost(&func))),
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
        if self.interp.machine.steps_left == 0 {
            return None;
        }
        let mut args = Args::default();
        if callable.bound {
            args.pos.push(Value::unknown("the object"));
        }
        // Parameters stand for themselves, as in a template.
        for (name, _, _) in self.interp.parameters(&callable.func).into_iter().skip(usize::from(callable.bound)) {
            args.kw.push((name.clone(), Value::likely(Value::str(format!("{{{name}}}")))));
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

    pub(super) fn described_prompt(&mut self, item: &Value, at: Option<(ModuleId, ExprId)>, rule: &'static str, prefixes: &[Rc<str>]) {
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
}
