//! Servers that answer `tools/list` without an SDK.

use super::cx::Cx;
use super::value::Val;
use crate::wire;
use hub_model::Gap;
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, ExprId, ExprKind, FnId, Language, Module};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Functions that an answer is put together by, each called by the one before.
const MAX_CALLED: usize = 3;
/// Most functions that are looked at for one answer.
const MAX_FUNCTIONS: usize = 40;

/// Reads the lists that are written where a program decides what it answers to `tools/list`, or in the functions it calls there.
pub(super) fn discover(cx: &mut Cx<'_>) {
    for module in cx.modules.clone() {
        let m = cx.eval.module(module);
        cx.rule = match m.language {
            Language::Go => "go-answers-tools-list",
            Language::Rust => "rust-answers-tools-list",
            Language::Java | Language::Kotlin => "jvm-answers-tools-list",
            Language::CSharp => "csharp-answers-tools-list",
            Language::Php => "php-answers-tools-list",
            _ => "ruby-answers-tools-list",
        };
        for site in wire::answers(m) {
            let before = cx.found.inventory.tools.len();
            let function = cx.eval.index.around(module, m.expr(site).span.start);
            for (place, list) in lists(cx, module, function, site) {
                let at = cx.eval.place(place, list);
                for (at, value) in cx.ways(&at, list, &Clone::clone) {
                    read(cx, at.module, list, &value);
                }
            }
            if cx.found.inventory.tools.len() == before {
                cx.found.gap(Gap {
                    at: m.location(m.expr(site).span),
                    what: "an answer to tools/list".to_owned(),
                    reason: "what it lists is not written as data".to_owned(),
                });
            }
        }
    }
}

/// The lists in the function of the decision, and in those that it calls after it.
fn lists(cx: &Cx<'_>, module: ModuleId, function: Option<FnId>, site: ExprId) -> Vec<(ModuleId, ExprId)> {
    let mut out: Vec<(ModuleId, ExprId)> = Vec::new();
    let mut seen: BTreeSet<(ModuleId, FnId)> = BTreeSet::new();
    let m = cx.eval.module(module);
    let from = m.expr(site).span.end;
    let mut todo: Vec<(ModuleId, Option<FnId>, u32, usize)> = vec![(module, function, from, 0)];
    while let Some((module, function, from, depth)) = todo.pop() {
        let m = cx.eval.module(module);
        let end = function.map_or(u32::MAX, |f| m.function(f).span.end);
        let before = out.len();
        out.extend(written(m, from, end).map(|value| (module, value)));
        if out.len() > before || depth >= MAX_CALLED {
            continue;
        }
        // The branch of the decision calls first what makes its answer.
        for (id, callee) in calls(m, from, end).take(if depth == 0 { 2 } else { MAX_FUNCTIONS }) {
            let place = cx.eval.place(module, id);
            let found = match cx.eval.eval(&place, callee) {
                Val::Function(of, f, _) => Some((of, f)),
                _ => super::index::last_name(m, callee).and_then(|name| own_method(cx, module, name)),
            };
            if let Some((of, f)) = found
                && seen.len() < MAX_FUNCTIONS
                && seen.insert((of, f))
            {
                todo.push((of, Some(f), cx.eval.module(of).function(f).span.start, depth + 1));
            }
        }
    }
    out
}

/// The one method of that name in the module.
fn own_method(cx: &Cx<'_>, module: ModuleId, name: &str) -> Option<(ModuleId, FnId)> {
    let m = cx.eval.module(module);
    let mut named = (0..m.functions.len()).filter(|i| m.functions[*i].name.is_some_and(|n| m.str(n) == name));
    let only = named.next()?;
    named.next().is_none().then_some((module, FnId(only as u32)))
}

fn calls(m: &Module, from: u32, end: u32) -> impl Iterator<Item = (ExprId, ExprId)> {
    let mut all: Vec<(u32, ExprId, ExprId)> = m
        .exprs
        .iter()
        .enumerate()
        .filter(|(_, e)| (from..end).contains(&e.span.start))
        .filter_map(|(i, e)| match e.kind {
            ExprKind::Call { callee, .. } => Some((e.span.start, ExprId(i as u32), callee)),
            _ => None,
        })
        .collect();
    all.sort_unstable_by_key(|(start, id, _)| (*start, id.0));
    all.into_iter().map(|(_, id, callee)| (id, callee))
}

/// Values that are called the tools, and texts of JSON that hold them.
fn written(m: &Module, from: u32, end: u32) -> impl Iterator<Item = ExprId> {
    let within = move |e: &ExprId| (from..end).contains(&m.expr(*e).span.start);
    let is_tools = |e: &Arg| matches!(m.expr(e.value).kind, ExprKind::Str(text) if m.str(text) == "tools");
    let paired = m.exprs.iter().filter_map(move |e| match &e.kind {
        // `Map.of("tools", tools)`, `result.put("tools", tools)`.
        ExprKind::Call { args, .. } => args.iter().position(is_tools).and_then(|at| args.get(at + 1)).map(|arg| arg.value),
        _ => None,
    });
    let texts = m.exprs.iter().enumerate().filter_map(|(i, e)| match e.kind {
        ExprKind::Str(text) if m.str(text).contains("\"inputSchema\"") => Some(ExprId(i as u32)),
        _ => None,
    });
    wire::listed(m, None).into_iter().chain(paired).chain(texts).filter(within)
}

fn read(cx: &mut Cx<'_>, module: ModuleId, list: ExprId, value: &Val) {
    match value {
        Val::List(items) => {
            for item in items.iter() {
                tool(cx, module, list, item);
            }
        }
        Val::Map(_) => {
            if let Some(tools) = value.entry("tools") {
                read(cx, module, list, &tools.clone());
            }
        }
        Val::Str(text) => {
            if let Ok(json) = serde_json::from_str::<Json>(text) {
                read(cx, module, list, &from_json(&json));
            }
        }
        // `json.RawMessage(TEXT)`, `Vec::from([…])`.
        Val::Call(call) => {
            if let [(None, one)] = call.args.as_slice() {
                read(cx, module, list, one);
            }
        }
        _ => {}
    }
}

fn tool(cx: &mut Cx<'_>, module: ModuleId, list: ExprId, item: &Val) {
    let field = |names: &[&str]| names.iter().find_map(|name| item.entry(name)).cloned();
    let description = field(&["description", "Description"]);
    let schema = field(&["inputSchema", "InputSchema", "input_schema", "parameters"]);
    let Some(name) = field(&["name", "Name"]).filter(|_| description.is_some() || schema.is_some()) else {
        return;
    };
    let span = match item {
        Val::Call(call) if call.at.0 == module => call.at.1,
        _ => cx.eval.module(module).expr(list).span,
    };
    let Some(mut tool) = cx.tool(&name, module, span) else { return };
    cx.describe(&mut tool, description.as_ref());
    cx.title(&mut tool, field(&["title", "Title"]).as_ref());
    cx.schema(&mut tool, schema.as_ref());
    tool.annotations = field(&["annotations", "Annotations"])
        .and_then(|value| value.json(0))
        .filter(Json::is_object);
    cx.found.tool(tool);
}

fn from_json(json: &Json) -> Val {
    match json {
        Json::Null => Val::Null,
        Json::Bool(b) => Val::Bool(*b),
        Json::Number(n) => Val::Num(n.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Val::text(text),
        Json::Array(items) => Val::List(Rc::new(items.iter().map(from_json).collect())),
        Json::Object(map) => Val::Map(Rc::new(
            map.iter().map(|(key, value)| (Rc::from(key.as_str()), from_json(value))).collect(),
        )),
    }
}
