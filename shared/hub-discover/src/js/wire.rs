//! Servers that answer `tools/list` without an SDK.

use super::Reader;
use crate::wire;
use hub_engine::eval::js::{Args, Value};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, Module, PatKind};

/// Deepest a list lies in an answer: `{ jsonrpc, id, result: { tools } }`.
const MAX_DEPTH: usize = 4;

impl Reader<'_, '_> {
    /// Reads what the functions answer that look whether they are asked for the tools.
    pub(super) fn read_wire(&mut self) {
        self.rule = "js-answers-tools-list";
        let program = self.eval.program();
        for (id, module) in program.iter() {
            if !module.language.is_script() || super::entry::is_test_path(crate::inside(self.snapshot, module.path.as_str())) {
                continue;
            }
            let entries = wire::entries(module);
            let answers: Vec<_> = wire::answers(module).chain(entries.iter().copied()).collect();
            for site in answers {
                let function = match module.expr(site).kind {
                    ExprKind::Function(handler) => Some(handler),
                    _ if entries.contains(&site) => named(module, site),
                    _ => self.eval.scopes(id).function_of_expr(site),
                };
                let at = self.call_location(id, site);
                let before = self.found.inventory.tools.len();
                let handler = match function {
                    Some(function) => self.eval.function_value(id, function),
                    None if entries.contains(&site) => {
                        let env = self.eval.module_env(id);
                        self.eval.expr(env, site)
                    }
                    None => Value::Undefined,
                };
                if let Some(closure) = self.eval.closure(&handler).cloned() {
                    let answer = self.ask(closure.module, closure.function, &handler);
                    if let Some(list) = self.tools_in(&answer, 0) {
                        self.read_tool_list(&list, &at);
                    }
                }
                if self.found.inventory.tools.len() == before {
                    let env = self.eval.module_env(id);
                    for value in wire::listed(module, function) {
                        let list = self.eval.expr(env, value);
                        if self.eval.iterate(&list).is_some() {
                            self.read_tool_list(&list, &at);
                        }
                    }
                }
                if self.found.inventory.tools.len() == before {
                    self.gap(at, "an answer to tools/list", "what it lists is not written as data".to_owned());
                }
            }
        }
    }

    /// What a function returns for the message `tools/list`.
    fn ask(&mut self, module: ModuleId, function: FnId, handler: &Value) -> Value {
        let ir = self.eval.module(module);
        let request = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
        let args: Vec<Value> = ir
            .function(function)
            .params
            .iter()
            .map(|param| match ir.pat(param.pattern).kind {
                PatKind::Ident(name) if ir.str(name).to_ascii_lowercase().contains("method") => Value::Str("tools/list".into()),
                _ => hub_engine::eval::data::from_json(self.eval, &request),
            })
            .collect();
        let events = self.eval.events.len();
        let answer = self.eval.call(handler, Value::Undefined, Args::from(args));
        self.eval.events.truncate(events);
        answer
    }

    fn tools_in(&mut self, value: &Value, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH || !self.is_object(value) {
            return None;
        }
        if let Some(list) = self.prop(value, "tools")
            && self.eval.iterate(&list).is_some()
        {
            return Some(list);
        }
        let inner = self.prop(value, "result").or_else(|| self.prop(value, "body"))?;
        self.tools_in(&inner, depth + 1)
    }
}

/// The one function of the module that a handler names: `listTools`, `this.listTools.bind(this)`.
fn named(module: &Module, handler: ExprId) -> Option<FnId> {
    let name = match module.expr(handler).kind {
        ExprKind::Ident(name) | ExprKind::Member { property: name, .. } => name,
        ExprKind::Call { callee, .. } => match module.expr(callee).kind {
            ExprKind::Member { object, property } if module.str(property) == "bind" => match module.expr(object).kind {
                ExprKind::Ident(name) | ExprKind::Member { property: name, .. } => name,
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let mut same = (0..module.functions.len()).filter(|i| module.functions[*i].name == Some(name));
    let only = same.next()?;
    same.next().is_none().then_some(FnId(only as u32))
}
