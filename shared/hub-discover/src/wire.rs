//! Programs that speak the protocol without an SDK: they compare the method of a message with `tools/list` and answer it themselves.

use hub_syntax::ir::{ExprId, ExprKind, FnId, Key, Module, Prop, Sym};

const METHOD: &str = "tools/list";
/// Functions of the official SDK, carried along in bundles, that ask which capability a method needs.
const OF_SDK: &[&str] = &[
    "assertCapabilityForMethod",
    "assertRequestHandlerCapability",
    "assertNotificationCapability",
    "assertTaskCapability",
    "assertTaskHandlerCapability",
];

/// Calls that ask another server, or say that something happened.
const ASKS: &[&str] = &[
    "request",
    "send",
    "call",
    "fetch",
    "post",
    "emit",
    "notify",
    "query",
    "invoke",
    "sendRequest",
    "send_request",
];

/// What is called for the method `tools/list`, where that is looked up in a table: `{ "tools/list": handler }`,
/// `on("tools/list", handler)`.
pub(crate) fn entries(module: &Module) -> Vec<ExprId> {
    if !module.source.contains(METHOD) {
        return Vec::new();
    }
    let is_method = |e: ExprId| matches!(module.expr(e).kind, ExprKind::Str(text) if module.str(text) == METHOD);
    let of_table = |prop: &Prop| match prop {
        Prop::KeyValue {
            key: Key::Name(name),
            value,
        } if module.str(*name) == METHOD => Some(*value),
        Prop::KeyValue {
            key: Key::Computed(key),
            value,
        } if is_method(*key) => Some(*value),
        _ => None,
    };
    let mut out = Vec::new();
    for expr in &module.exprs {
        match &expr.kind {
            ExprKind::Object(props) => out.extend(props.iter().filter_map(of_table)),
            ExprKind::Call { callee, args, .. } => {
                let name = match module.expr(*callee).kind {
                    ExprKind::Member { property, .. } => module.str(property),
                    ExprKind::Ident(name) => module.str(name),
                    _ => continue,
                };
                if let [method, handler] = &args[..]
                    && is_method(method.value)
                    && !ASKS.contains(&name)
                    && !matches!(module.expr(handler.value).kind, ExprKind::Object(_))
                {
                    out.push(handler.value);
                }
            }
            _ => {}
        }
    }
    out
}

/// Where a module decides whether a message asks for the tools: `method == "tools/list"`, `case "tools/list":`,
/// `"tools/list": handler`. A message that asks another server for its tools is none.
pub(crate) fn answers(module: &Module) -> impl Iterator<Item = ExprId> {
    let asked = |(i, expr): (usize, &hub_syntax::ir::Expr)| {
        let ExprKind::Str(text) = expr.kind else { return None };
        (module.str(text) == METHOD
            && decides(module, expr.span.start as usize, expr.span.end as usize)
            && !is_of_sdk(module, expr.span.start))
        .then_some(ExprId(i as u32))
    };
    let speaks = module.source.contains(METHOD);
    module.exprs.iter().enumerate().filter_map(asked).filter(move |_| speaks)
}

fn is_of_sdk(module: &Module, at: u32) -> bool {
    let around = module.functions.iter().filter(|f| (f.span.start..f.span.end).contains(&at));
    around.filter_map(|f| f.name).any(|name| OF_SDK.contains(&module.str(name)))
}

fn decides(module: &Module, start: usize, end: usize) -> bool {
    let source: &str = &module.source;
    let before = source.get(..start).unwrap_or_default().trim_end();
    let after = source.get(end..).unwrap_or_default().trim_start();
    let is_key = after.starts_with(':') && !before.ends_with(['?', ':']);
    ["==", "case", "when", "|", "Some("].iter().any(|w| before.ends_with(w))
        || ["==", "=>", "->", ".equals(", "if ", "|"].iter().any(|w| after.starts_with(w))
        || before.ends_with(".equals(")
        || is_key
        // Lists of what can be asked for: `in ("tools/list", "tools/call")`.
        || before.ends_with(['(', '[']) && before.trim_end_matches(['(', '[']).trim_end().ends_with(" in")
}

/// The `tools` of objects written within a function, or at module level: what it may answer.
pub(crate) fn listed(module: &Module, function: Option<FnId>) -> Vec<ExprId> {
    let within = |at: u32| function.is_none_or(|f| (module.function(f).span.start..module.function(f).span.end).contains(&at));
    let is_tools = |name: Sym| matches!(module.str(name), "tools" | "Tools");
    let objects = module.exprs.iter().filter(|e| within(e.span.start)).filter_map(|e| match &e.kind {
        ExprKind::Object(props) => Some(props),
        _ => None,
    });
    let values = objects.flat_map(|props| props.iter()).filter_map(|prop| match prop {
        Prop::KeyValue {
            key: Key::Name(name),
            value,
        } if is_tools(*name) => Some(*value),
        Prop::KeyValue {
            key: Key::Computed(key),
            value,
        } => match module.expr(*key).kind {
            ExprKind::Str(name) if is_tools(name) => Some(*value),
            _ => None,
        },
        _ => None,
    });
    // `capabilities: { tools: {} }` says that there are tools, not which.
    let is_list = |value: &ExprId| !matches!(&module.expr(*value).kind, ExprKind::Object(props) if props.len() <= 1);
    values.filter(is_list).collect()
}
