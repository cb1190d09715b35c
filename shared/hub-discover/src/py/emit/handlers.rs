//! Functions that answer list and call requests themselves.

use super::{Callable, Emitter};
use crate::py::dialect::value::{Args, Value};
use hub_engine::{ArgumentShape, EntryKind};
use hub_syntax::ir::{ParamKind, PatKind};
use std::rc::Rc;

impl Emitter<'_, '_> {
    /// A function that answers a list or call request itself.
    pub(super) fn handler(&mut self, name: &str, handler: &Value, prefixes: &[Rc<str>]) {
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
        let func = crate::py::dialect::attr::innermost(&callable.func);
        let module = self.interp.machine.program.module(func.module);
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
