//! Registration calls that no run came by: the functions around them are run on their own.

use super::Reader;
use hub_engine::eval::{Args, Kind, Value};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, ExprKind, FnId, Language, Module};

/// Method names that register something.
const SITES: &[&str] = &[
    "tool",
    "registerTool",
    "addTool",
    "registerAppTool",
    "setRequestHandler",
    "registerPrompt",
    "registerResource",
    "addResource",
    "addResourceTemplate",
    "addPrompt",
    "addTools",
];
/// Names that many other libraries use as well: only with a name and a function.
const AMBIGUOUS: &[&str] = &["prompt", "resource"];
/// Most functions that are run on their own.
const MAX_RUNS: usize = 400;

/// Runs what holds unvisited registration calls in these modules, and reads what that registers.
pub(super) fn sweep(reader: &mut Reader<'_, '_>, modules: &[ModuleId], read: &mut usize) {
    let mut runs = 0;
    for id in modules {
        let module = reader.eval.module(*id);
        if module.language == Language::Python || super::entry::is_test_path(module.path.as_str()) {
            continue;
        }
        for expr in sites(module) {
            if runs >= MAX_RUNS || reader.eval.is_spent() {
                reader.read_events(read);
                return;
            }
            if reader.eval.was_visited(*id, expr) {
                continue;
            }
            let scopes = reader.eval.scopes(*id);
            let mut chain = Vec::new();
            let mut at = scopes.function_of_expr(expr);
            while let Some(function) = at {
                chain.push(function);
                at = module.function(function).parent;
            }
            // Inside of the SDK's own classes, carried along in a bundle.
            if chain
                .iter()
                .any(|f| module.function(*f).class.is_some_and(|c| is_sdk_class(module, c)))
            {
                continue;
            }
            // From the outside in: the outermost function that was not run yet.
            for function in chain.into_iter().rev() {
                if reader.eval.was_visited(*id, expr) {
                    break;
                }
                if reader.eval.times_run(*id, function) == 0 {
                    runs += 1;
                    run_alone(reader, *id, function);
                }
            }
        }
        reader.read_events(read);
    }
    reader.read_events(read);
}

fn sites(module: &Module) -> Vec<ExprId> {
    let mut out = Vec::new();
    for (i, expr) in module.exprs.iter().enumerate() {
        let ExprKind::Call { callee, args, new: false } = &expr.kind else {
            continue;
        };
        let (name, member) = match &module.expr(*callee).kind {
            ExprKind::Member { property, .. } => (module.str(*property), true),
            ExprKind::Ident(name) => (module.str(*name), false),
            _ => continue,
        };
        let strong = SITES.contains(&name) && (member || name != "tool");
        let weak = member && AMBIGUOUS.contains(&name) && args.len() >= 3;
        if (strong || weak) && !args.is_empty() {
            out.push(ExprId(i as u32));
        }
    }
    out
}

fn is_sdk_class(module: &Module, class: ClassId) -> bool {
    let names: Vec<&str> = module
        .class(class)
        .members
        .iter()
        .filter_map(|m| match m.key {
            hub_syntax::ir::Key::Name(n) => Some(module.str(n)),
            hub_syntax::ir::Key::Computed(_) => None,
        })
        .collect();
    [
        "setToolRequestHandlers",
        "_onrequest",
        "_oninitialize",
        "assertCanSetRequestHandler",
    ]
    .iter()
    .any(|n| names.contains(n))
}

/// Runs a function with arguments that are not known; a method on an instance of its class.
fn run_alone(reader: &mut Reader<'_, '_>, module: ModuleId, function: FnId) {
    let ir = reader.eval.module(module);
    if let Some(class) = ir.function(function).class {
        let Some(name) = ir.class(class).name.map(|n| ir.str(n)) else {
            return;
        };
        let Some(value) = reader.eval.global(module, name) else { return };
        if !matches!(reader.eval.object_of(&value).map(|o| &o.kind), Some(Kind::Class(_))) {
            return;
        }
        let instance = reader.eval.construct_unknown(&value);
        let Some(method) = ir.function(function).name.map(|n| ir.str(n)) else {
            return;
        };
        let method_value = reader.eval.get(&instance, method);
        let method_value = if reader.eval.closure(&method_value).is_some() {
            method_value
        } else {
            reader.eval.get(&value, method)
        };
        let args = reader.eval.unknown_args(&method_value);
        reader.eval.call(&method_value, instance, args);
        return;
    }
    let value = reader.eval.function_value(module, function);
    let args = reader.eval.unknown_args(&value);
    reader.eval.call(&value, Value::Undefined, Args::from(args.positional));
}
