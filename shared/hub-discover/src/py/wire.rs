//! Servers that answer `tools/list` without an SDK.

use super::dialect::run::{Frame, Interp};
use super::dialect::value::{Args, Entries, Value};
use super::server::{Kind, Server, What};
use crate::wire;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, PatKind};
use std::rc::Rc;

/// Deepest a list lies in an answer: `{"jsonrpc": …, "id": …, "result": {"tools": […]}}`.
const MAX_DEPTH: usize = 4;

/// Registers what the functions answer that look whether they are asked for the tools.
pub(super) fn register(interp: &mut Interp<'_>) {
    let candidates = super::entry::candidates(interp.machine.program, interp.snapshot);
    for id in candidates {
        let module = interp.machine.program.module(id);
        let entries = wire::entries(module);
        let sites: Vec<ExprId> = wire::answers(module).chain(entries.iter().copied()).collect();
        if sites.is_empty() {
            continue;
        }
        interp.load(id);
        for site in sites {
            let at = module.expr(site).span.start;
            let around = |i: &usize| (module.functions[*i].span.start..module.functions[*i].span.end).contains(&at);
            let innermost = (0..module.functions.len())
                .filter(around)
                .max_by_key(|i| module.functions[*i].span.start);
            let function = innermost.map(|i| FnId(i as u32));
            let mut items = Vec::new();
            if entries.contains(&site) {
                let answer = ask_entry(interp, id, function, site);
                tools_in(interp, &answer, 0, &mut items);
            }
            if let Some(function) = function {
                let answer = ask(interp, id, function);
                tools_in(interp, &answer, 0, &mut items);
            }
            if items.is_empty() {
                for value in wire::listed(module, function) {
                    let globals = interp.globals(id);
                    let mut frame = Frame::new(id, globals.clone(), globals, None);
                    let list = interp.eval(&mut frame, value);
                    if matches!(list.plain(), Value::List(_)) {
                        items.extend(interp.iterate(&list).0);
                    }
                }
            }
            if items.is_empty() {
                interp.gap(
                    id,
                    module.expr(site).span,
                    "an answer to tools/list",
                    "what it lists is not written as data",
                );
                continue;
            }
            let server = Rc::new(Server::new(Kind::LowLevel, Some((id, site))));
            for item in items {
                server.register(What::Tool, item, Args::default(), None, "py-answers-tools-list");
            }
            interp.servers.push(server);
        }
    }
}

/// What the handler in a table of methods returns; where the table is an object's own, of an object made without arguments.
fn ask_entry(interp: &mut Interp<'_>, module: ModuleId, function: Option<FnId>, handler: ExprId) -> Value {
    let globals = interp.globals(module);
    let ir = interp.machine.program.module(module);
    let mut frame = Frame::new(module, globals.clone(), globals, None);
    let callee = match ir.expr(handler).kind {
        ExprKind::Member { property, .. } => {
            let class = function.and_then(|f| ir.function(f).class).and_then(|c| ir.class(c).name);
            let Some(class) = class else { return Value::None };
            let class = interp.get_attr(&Value::Module(module), ir.str(class));
            let object = interp.call(&class, Args::default(), None);
            interp.get_attr(&object, ir.str(property))
        }
        _ => interp.eval(&mut frame, handler),
    };
    // Handlers are given the message, its parameters, or nothing.
    let given = match &callee {
        Value::Func(func) => interp.parameters(func).len(),
        Value::Method(method) => interp.parameters(&method.1).len().saturating_sub(1),
        _ => return Value::None,
    };
    let request = Value::dict(Entries::default(), false);
    interp.call(&callee, Args::of(vec![request; given.min(8)]), None)
}

/// What a function returns for the message `tools/list`; a method, of an object made without arguments.
fn ask(interp: &mut Interp<'_>, module: ModuleId, function: FnId) -> Value {
    let ir = interp.machine.program.module(module);
    let source = ir.function(function);
    let Some(name) = source.name.map(|n| ir.str(n)) else {
        return Value::None;
    };
    let of_class = source.class.and_then(|c| ir.class(c).name).map(|n| ir.str(n));
    let owner = match of_class {
        Some(class) => {
            let class = interp.get_attr(&Value::Module(module), class);
            interp.call(&class, Args::default(), None)
        }
        None if source.parent.is_none() => Value::Module(module),
        None => return Value::None,
    };
    let mut request = Entries::default();
    for (key, value) in [("jsonrpc", "2.0"), ("method", "tools/list")] {
        request.set(Value::str(key), Value::str(value));
    }
    request.set(Value::str("id"), Value::Num(1.0));
    request.set(Value::str("params"), Value::dict(Entries::default(), false));
    let request = Value::dict(request, false);
    let skipped = usize::from(of_class.is_some());
    let pos = source
        .params
        .iter()
        .skip(skipped)
        .filter(|p| p.default.is_none())
        .map(|param| match ir.pat(param.pattern).kind {
            PatKind::Ident(name) if ir.str(name).contains("method") => Value::str("tools/list"),
            PatKind::Ident(name) if ir.str(name) == "params" => Value::dict(Entries::default(), false),
            _ => request.clone(),
        });
    let args = Args::of(pos.collect());
    let callee = interp.get_attr(&owner, name);
    interp.call(&callee, args, None)
}

fn tools_in(interp: &mut Interp<'_>, value: &Value, depth: usize, items: &mut Vec<Value>) {
    if depth > MAX_DEPTH {
        return;
    }
    for one in value.alternatives() {
        let Value::Dict(dict) = one else { continue };
        let (tools, result) = {
            let entries = dict.entries.borrow();
            (entries.get_str("tools").cloned(), entries.get_str("result").cloned())
        };
        for list in tools.iter().flat_map(Value::alternatives) {
            if matches!(list, Value::List(_)) {
                items.extend(interp.iterate(&list).0);
            }
        }
        if let Some(result) = result {
            tools_in(interp, &result, depth + 1, items);
        }
    }
}
